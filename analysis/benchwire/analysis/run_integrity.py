"""Puts the record of one run together: what lacks as ranges, and why it is judged as it is."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchwire.analysis import run_record_queries as ask
from benchwire.analysis.rows import Rows
from benchwire.analysis.run_record import (
    Absence,
    Conflict,
    Count,
    DeadLetter,
    DeclaredLoss,
    Delivery,
    End,
    Epoch,
    LastEvent,
    Run,
)


@dataclass(frozen=True, slots=True)
class RunIntegrity:
    """Everything that the record of one run says about its own completeness."""

    run: Run
    why: tuple[str, ...]
    """The reasons for its state and its telemetry, as sentences."""
    end: End | None
    last_event: LastEvent | None
    epochs: tuple[Epoch, ...]
    gaps: tuple[Absence, ...]
    """Neither stored nor declared lost."""
    losses: tuple[Absence, ...]
    """Declared lost, and indeed not stored."""
    declared_losses: tuple[DeclaredLoss, ...]
    """As declared: what turned up after all included."""
    conflicts: tuple[Conflict, ...]
    dead_letters: tuple[DeadLetter, ...]
    delivery: Delivery | None
    experiments: tuple[str, ...]
    supersedes: tuple[str, ...]


def runs_beginning(rows: Rows, run: str, limit: int) -> list[Run]:
    """The runs whose id begins so, at most `limit`, in the order of the view."""
    return ask.RUNS.ask(rows, {"run": run.lower(), "limit": str(limit)})


def count_beginning(rows: Rows, run: str) -> Count:
    """How many runs have an id that begins so, and how many of them are not complete."""
    (count,) = ask.COUNT.ask(rows, {"run": run.lower()})
    return count


def run_integrity(rows: Rows, run: Run) -> RunIntegrity:
    """The record of one run."""
    params = {"run": run.run_id}
    epochs = tuple(ask.EPOCHS.ask(rows, params))
    declared = tuple(ask.DECLARED_LOSSES.ask(rows, params)) if run.n_events else ()
    # A record without holes needs no search for them: of a long run that is most of the work.
    holes = run.n_missing or run.n_declared_lost
    absent = ask.ABSENCES.ask(rows, params) if holes else []
    conflicts = tuple(ask.CONFLICTS.ask(rows, params)) if run.n_conflicts else ()
    gaps, losses = divided(absent, declared)
    end = next(iter(ask.END.ask(rows, params)), None)
    last = next(iter(ask.LAST_EVENT.ask(rows, params)), None)
    experiments = tuple(each.experiment_id for each in ask.LABELS.ask(rows, params))
    return RunIntegrity(
        run=run,
        why=(*_why_state(run, epochs, end, last), *_why_telemetry(run, epochs, end, experiments)),
        end=end,
        last_event=last,
        epochs=epochs,
        gaps=tuple(gaps),
        losses=tuple(losses),
        declared_losses=declared,
        conflicts=conflicts,
        dead_letters=tuple(ask.DEAD_LETTERS.ask(rows, params)),
        delivery=next(iter(ask.DELIVERY.ask(rows, params)), None),
        experiments=experiments,
        supersedes=tuple(each.run_id for each in ask.SUPERSEDED.ask(rows, params)),
    )


def divided(
    absent: Iterable[Absence], declared: Iterable[DeclaredLoss]
) -> tuple[list[Absence], list[Absence]]:
    """Divide absent numbers into those nobody declared lost and those somebody did."""
    gaps: list[Absence] = []
    losses: list[Absence] = []
    by_epoch: dict[tuple[str, int], list[DeclaredLoss]] = {}
    for each in declared:
        by_epoch.setdefault((each.emitter, each.epoch), []).append(each)
    for hole in absent:
        told = by_epoch.get((hole.emitter, hole.epoch), ())
        for first, last, is_declared in _pieces(hole, told):
            (losses if is_declared else gaps).append(Absence(hole.emitter, hole.epoch, first, last))
    return gaps, losses


def _pieces(hole: Absence, declared: Iterable[DeclaredLoss]) -> Iterator[tuple[int, int, bool]]:
    """Cut a hole where declarations begin and end; neighbours of one kind stay together."""
    told = [
        (max(each.first_seq, hole.first_seq), min(each.last_seq, hole.last_seq))
        for each in declared
        if each.first_seq <= hole.last_seq and each.last_seq >= hole.first_seq
    ]
    cuts = {hole.first_seq, hole.last_seq + 1}
    cuts.update(cut for first, last in told for cut in (first, last + 1))
    pieces = [
        (first, end - 1, any(a <= first and end - 1 <= b for a, b in told))
        for first, end in itertools.pairwise(sorted(cuts))
    ]
    for is_declared, group in itertools.groupby(pieces, key=lambda piece: piece[2]):
        together = list(group)
        yield together[0][0], together[-1][1], is_declared


def _why_state(
    run: Run, epochs: tuple[Epoch, ...], end: End | None, last: LastEvent | None
) -> Iterator[str]:
    seen = ""
    if last is not None:
        place = f"{last.emitter}/{last.epoch}/{last.seq}"
        seen = f"last event: {last.event_type} {place}, received {last.received_at}"
    unsealed = [f"{each.emitter}/{each.epoch}" for each in epochs if each.sealed_by is None]
    if run.state == "stopped" and end is not None:
        said = ", ".join(
            f"{name} {value}"
            for name, value in (("status", end.status), ("outcome", end.outcome))
            if value
        )
        yield f"stopped: run_stop by {end.emitter}/{end.epoch}/{end.seq} at {end.ts} ({said})"
    elif run.state == "interrupted":
        sealed = "; ".join(
            f"{each.emitter}/{each.epoch} sealed by {each.sealed_by} at {each.sealed_at}"
            for each in epochs
        )
        yield f"interrupted: no run_stop, and all its epochs have ended: {sealed}; {seen}"
    elif run.state == "abandoned":
        yield f"abandoned: no run_stop, {', '.join(unsealed)} open, silent for 24 hours; {seen}"
    elif run.state == "running":
        yield f"running: no run_stop, {', '.join(unsealed)} open; {seen}"
    if run.superseded_by is not None:
        yield f"superseded: {run.superseded_by} is the import of the same source that counts"


def _why_telemetry(
    run: Run, epochs: tuple[Epoch, ...], end: End | None, experiments: tuple[str, ...]
) -> Iterator[str]:
    """Give every reason, though the telemetry names only the gravest."""
    if run.n_conflicts:
        yield f"conflict: {'; '.join(_contradictions(epochs, experiments))}"
    if run.n_missing:
        yield f"gaps: {run.n_missing:,} events are neither stored nor declared lost"
    if run.n_declared_lost:
        yield f"lost: {run.n_declared_lost:,} events were declared lost"
    unsealed = [
        f"{each.emitter}/{each.epoch}"
        for each in epochs
        if each.sealed_by is None and not each.is_unsequenced
    ]
    if unsealed:
        yield f"open: no emitter_stop of {', '.join(unsealed)}"
    unseen = [] if end is None else _unseen(end, epochs)
    if unseen:
        yield f"open: run_stop names {', '.join(unseen)}, of which nothing has come"
    if any(each.is_unsequenced for each in epochs):
        yield "unsequenced: its source has no sequence, so nobody can tell whether all is there"
    if run.telemetry == "complete":
        yield "complete: every number is there, and every count and checksum agrees"


def _contradictions(epochs: tuple[Epoch, ...], experiments: tuple[str, ...]) -> Iterator[str]:
    if len(experiments) > 1:
        yield f"one run_id under {len(experiments)} experiments: {', '.join(experiments)}"
    for each in epochs:
        name = f"{each.emitter}/{each.epoch}"
        if not each.n_conflicts:
            continue
        yield f"{name} has {each.n_conflicts}"
        if each.stop_seq is None:
            continue
        if each.last_seq > each.stop_seq:
            yield f"{name} goes on to {each.last_seq} after its end at {each.stop_seq}"
        if each.n_events_stated != each.stop_seq:
            yield f"{name} ends at {each.stop_seq} and states {each.n_events_stated} events"
        if each.checksum_stated != each.checksum_stored:
            yield f"{name} states another checksum than what is stored has"


def _unseen(end: End, epochs: tuple[Epoch, ...]) -> list[str]:
    seen = {(each.emitter, each.epoch) for each in epochs}
    emitters = {each.emitter for each in epochs}
    return [
        name if epoch is None else f"{name}/{epoch}"
        for name, epoch in end.emitters
        if (name not in emitters if epoch is None else (name, epoch) not in seen)
    ]

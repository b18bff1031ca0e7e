"""What a late watcher cannot have from the stream, read once from the store.

A snapshot joins the stream at a position P up to which everything is stored. A run is *settled*
if it is over, its stored row tells of all that was stored when reading began, and nothing of it
came after P: then its sums are exactly what the stream held up to P. All others are *moving*:
their events are read one by one and found again by their identity when the stream brings them.

The order of the questions matters: which rows are out of date is asked first, which runs have
events beyond P last; what is stored in between makes a run moving at most.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from benchwire.analysis.live.events import Labels, LiveEvent, read_facts
from benchwire.analysis.live.facts import RunFacts, rank_of, source_of
from benchwire.analysis.live.payload_facts import SourceFacts
from benchwire.analysis.live.snapshot_questions import (
    DUE,
    EVENTS,
    EXPERIMENTS,
    MOVING,
    OLDER,
    SETTLED,
)
from benchwire.analysis.query import literal
from benchwire.schemas.timestamps import wire_timestamp_us

Ask = Callable[[str], list[tuple[Any, ...]]]
"""Answers a statement with rows."""

LOOKUP_RUNS_MAX: Final = 200
"""Runs whose events are read at once."""
DUE_RUNS_MAX: Final = 500
"""Runs whose stored row is computed anew in one question."""
RECENT_MINUTES: Final = 10
"""Runs that were heard of since are read event by event, for the burn rate."""
RECENT_RUNS_MAX: Final = 1_000
BAD_RUNS_MAX: Final = 50
"""So many of the latest runs that failed or lost events are read event by event, to tell of it."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the stream the snapshot is joined to it."""

    seq: int
    """Everything up to this message is stored."""
    stream_began_us: int
    """When the stream was made; rows received earlier are of another one."""


@dataclass(slots=True)
class Snapshot:
    """All runs of the store."""

    settled: list[RunFacts] = field(default_factory=list[RunFacts])
    moving: list[str] = field(default_factory=list[str])
    """Runs whose events are to be read."""


class Store:
    """Asks about one experiment, or about all."""

    def __init__(self, ask: Ask, experiment_id: str | None) -> None:
        self._ask = ask
        self._experiment = (
            "1" if experiment_id is None else f"experiment_id = {literal(experiment_id)}"
        )

    def holds_older(self, moment_us: int) -> bool:
        """Whether anything was received before a moment, such as that at which the stream began."""
        return bool(self._asked(OLDER, moment_us=moment_us))

    def experiments(self) -> list[str]:
        """All experiments that are stored, the one heard of last first."""
        return [str(experiment_id) for (experiment_id,) in self._asked(EXPERIMENTS)]

    def snapshot(self, position: Position) -> Snapshot:
        """Say what is settled and what moves."""
        due = {str(run_id) for (run_id,) in self._asked(DUE)}
        found = self._settled("sum_runs")
        for chunk in _chunks(sorted(due), DUE_RUNS_MAX):
            found |= self._settled(f"sum_runs_of(run_ids = [{_quoted(chunk)}])")
        moving = {
            str(run_id)
            for (run_id,) in self._asked(
                MOVING,
                position=position.seq,
                stream_began_us=position.stream_began_us,
                minutes=RECENT_MINUTES,
                recent=RECENT_RUNS_MAX,
                bad=BAD_RUNS_MAX,
            )
        }
        moving |= due - found.keys()
        moving |= {run_id for run_id in due if not found[run_id].is_stopped}
        settled = [facts for run_id, facts in found.items() if run_id not in moving]
        return Snapshot(settled, sorted(moving))

    def events(self, run_ids: Iterable[str]) -> Iterator[dict[str, list[LiveEvent]]]:
        """Yield all stored events of runs, some runs at a time; a run without any has none."""
        for chunk in _chunks(run_ids, LOOKUP_RUNS_MAX):
            found: dict[str, list[LiveEvent]] = {run_id: [] for run_id in chunk}
            for row in self._asked(EVENTS, run_ids=_quoted(chunk)):
                event = _event(row)
                found[event.run_id].append(event)
            yield found

    def _settled(self, rows: str) -> dict[str, RunFacts]:
        return {facts.run_id: facts for facts in map(_facts, self._asked(SETTLED, rows=rows))}

    def _asked(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        return self._ask(sql.format(experiment=self._experiment, **values))


def _facts(row: tuple[Any, ...]) -> RunFacts:
    run_id, experiment_id, job_id, policy_id, task_id, trial_no, attempt, start_us, *rest = row
    system, source_id, sha256, n_records, translator_version, revision, *rest = rest
    status, outcome, total_tokens, nano_aiu, is_stopped, planned_trials, n_declared_lost = rest
    source = None
    if system is not None and source_id is not None:
        source = SourceFacts(
            system,
            source_id,
            sha256,
            int(n_records or 0),
            int(translator_version or 0),
            int(revision or 0),
        )
    return RunFacts(
        run_id=str(run_id),
        labels=Labels(experiment_id, job_id, policy_id, task_id),
        trial_no=None if trial_no is None else int(trial_no),
        attempt=int(attempt),
        start_ts="" if start_us is None else wire_timestamp_us(int(start_us)),
        source=source_of(str(run_id), source),
        source_rank=rank_of(source),
        is_stopped=bool(is_stopped),
        status=status,
        outcome=str(outcome),
        total_tokens=None if total_tokens is None else int(total_tokens),
        nano_aiu=None if nano_aiu is None else int(nano_aiu),
        planned_trials=None if planned_trials is None else int(planned_trials),
        n_declared_lost=int(n_declared_lost),
    )


def _event(row: tuple[Any, ...]) -> LiveEvent:
    event_type, run_id, experiment_id, job_id, policy_id, task_id, emitter, *rest = row
    epoch, seq, payload_hash, ts_us, received_us, stream_seq, data = rest
    return LiveEvent(
        event_type,
        run_id,
        Labels(experiment_id, job_id, policy_id, task_id),
        emitter,
        int(epoch),
        int(seq),
        int(payload_hash),
        wire_timestamp_us(int(ts_us)),
        int(received_us),
        int(stream_seq),
        read_facts(event_type, data.encode()),
    )


def _quoted(run_ids: Sequence[str]) -> str:
    return ",".join([f"'{run_id}'" for run_id in run_ids])


def _chunks(items: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    left = iter(items)
    while chunk := list(islice(left, size)):
        yield chunk

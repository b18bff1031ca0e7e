"""Prints the record of one run: why it is judged so, and every hole and contradiction."""

from collections.abc import Iterable
from typing import Any

from benchwire.analysis.run_integrity import RunIntegrity
from benchwire.analysis.run_record import Epoch
from benchwire.cli import output
from benchwire.cli.safe_text import one_line
from benchwire.schemas.finding import span

SHOWN_MAX = 20
"""Rows of a list for people; `--json` has all."""


def print_page(found: RunIntegrity) -> None:
    """Print everything about one run."""
    run, last = found.run, found.last_event
    output.facts(
        (
            ("run_id", run.run_id),
            ("experiment", run.experiment_id),
            ("job", run.job_id),
            ("policy", run.policy_id),
            ("task", run.task_id),
            ("trial", f"{run.trial_no or '-'}, attempt {run.attempt}"),
            ("state", run.state),
            ("telemetry", run.telemetry),
            *(("why" if number == 0 else "", text) for number, text in enumerate(found.why)),
            *(() if last is None else [("last event", _last(found))]),
            *_delivery(found),
            *(("supersedes", each) for each in found.supersedes),
        )
    )
    _list("Epochs (times UTC)", EPOCH_COLUMNS, map(_epoch, found.epochs))
    places = ("emitter", "epoch", "from", "to", "events")
    _list("Missing: neither stored nor declared lost", places, map(_range, found.gaps))
    _list("Lost: declared, and not stored", places, map(_range, found.losses))
    _list(
        "Declarations of loss",
        ("emitter", "epoch", "from", "to", "reason", "detail", "declared at"),
        (
            (e.emitter, e.epoch, e.first_seq, e.last_seq, e.reason, e.detail, e.declared_at_seq)
            for e in found.declared_losses
        ),
    )
    _list(
        "Contents of one identity (counts: the one that views use)",
        ("identity", "event_id", "type", "payload", "envelope", "counts", "received"),
        (
            (
                f"{e.emitter}/{e.epoch}/{e.seq}",
                e.event_id,
                e.event_type,
                e.payload_hash,
                e.envelope_hash,
                "yes" if e.counts else "no",
                e.received_at,
            )
            for e in found.conflicts
        ),
    )
    _list(
        "Dead letters on its subject; `benchwire dead-letters show KEY` explains one",
        ("key", "state", "reason", "detail", "received"),
        (
            (
                f"{e.stream}:{e.stream_seq}:{e.line_no}",
                e.state,
                e.reason,
                one_line(e.detail),
                e.received_at,
            )
            for e in found.dead_letters
        ),
    )


EPOCH_COLUMNS = (
    "emitter",
    "epoch",
    "events",
    "seq",
    "missing",
    "lost",
    "conflicts",
    "sealed by",
    "checksum",
    "first received",
    "last received",
)


def _epoch(epoch: Epoch) -> tuple[Any, ...]:
    agrees = "agrees" if epoch.checksum_stated == epoch.checksum_stored else "differs"
    return (
        epoch.emitter,
        epoch.epoch,
        epoch.n_events,
        f"{epoch.first_seq}-{epoch.last_seq}",
        epoch.n_missing,
        epoch.n_declared_lost,
        epoch.n_conflicts,
        "unsequenced" if epoch.is_unsequenced else epoch.sealed_by or "not sealed",
        None if epoch.checksum_stated is None else agrees,
        epoch.first_received_at,
        epoch.last_received_at,
    )


def _range(place: Any) -> tuple[Any, ...]:
    count = place.last_seq - place.first_seq + 1
    return (place.emitter, place.epoch, place.first_seq, place.last_seq, count)


def _last(found: RunIntegrity) -> str:
    last = found.last_event
    assert last is not None
    ago = span(last.seconds_ago)
    return (
        f"{last.event_type} {last.emitter}/{last.epoch}/{last.seq}, received {last.received_at} "
        f"({ago} ago)"
    )


def _delivery(found: RunIntegrity) -> list[tuple[str, str]]:
    delivery = found.delivery
    if delivery is None or not delivery.n_batches:
        return []
    said = (
        f"{delivery.n_redelivered:,} of {delivery.n_messages:,} messages in the batches that "
        "carried it had been delivered before"
    )
    return [("delivery", said)]


def _list(title: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    body = list(rows)
    if not body:
        return
    output.console().print(f"\n[italic]{title}[/]")
    output.table(columns, body[:SHOWN_MAX])
    if len(body) > SHOWN_MAX:
        output.note(f"{len(body) - SHOWN_MAX} more; --json has all")

"""Makes `events` anew from what the stream still holds.

The rows are made in a table beside it; `events` is replaced in one step, when it is known what
would be lost. Before that nothing has changed, whenever it is killed; after it the typed tables
are what `events` says once they have been filled again, which repeating the rebuild does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from benchwire.consumer.batcher import Batch
from benchwire.consumer.bisection import EVENTS_TABLE, store_events
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.stream_reading import StreamReach, read_batches, stream_reach
from benchwire.schemas.errors import BenchwireError

BESIDE: Final = "events_rebuilt"
_IDENTITY: Final = (
    "sipHash128(experiment_id, run_id, emitter, epoch, seq, payload_hash, envelope_hash)"
)

log = structlog.get_logger(__name__)


class ConsumerRuns(BenchwireError):  # noqa: N818 - what is in the way
    """A consumer would store into the table that is being replaced."""


@dataclass(frozen=True, slots=True)
class EventsLost:
    """What `events` holds and the stream does not any more."""

    n_events: int
    n_runs: int
    first_received_at: str
    last_received_at: str


@dataclass(frozen=True, slots=True)
class EventsRebuilt:
    """What was read, and what `events` holds that is not there."""

    reach: StreamReach
    n_events: int
    n_refused: int
    """Lines that are dead letters; they stay what they are."""
    lost: EventsLost


def read_beside(
    sink: Sink,
    settings: ConsumerSettings,
    *,
    on_reach: Callable[[StreamReach], object] = lambda _reach: None,
    on_messages: Callable[[int], object] = lambda _n: None,
    announce: Callable[[str], None] = lambda _text: None,
) -> EventsRebuilt:
    """Fill the table beside `events` from the stream, and compare.

    Raises:
        StreamUnreadable: The stream cannot be reached, or holds nothing.
        ConsumerRuns: A consumer runs.
    """
    reach = stream_reach(settings)
    if reach.is_consumed:
        raise ConsumerRuns(
            "a consumer runs and would store into the table that is being replaced",
            hint="stop all consumers first; what is published meanwhile waits in the stream",
        )
    on_reach(reach)
    discard(sink)
    sink.command(f"CREATE TABLE {BESIDE} AS {EVENTS_TABLE}")
    refused_by_table = 0

    def store(batch: Batch) -> None:
        nonlocal refused_by_table
        refused_by_table += len(store_events(sink, batch, table=BESIDE))

    n_refused = read_batches(
        settings, reach, store=store, on_messages=on_messages, announce=announce
    )
    ((n_events,),) = sink.query(f"SELECT uniqExact({_IDENTITY}) FROM {BESIDE}")  # noqa: S608 - constants
    return EventsRebuilt(reach, int(n_events), n_refused + refused_by_table, _lost(sink))


def replace_events(sink: Sink) -> None:
    """Put the table beside `events` in its place, in one step, and drop what it was."""
    # An empty table has no part to put there; reading has refused an empty stream, but all of its
    # lines may be dead letters.
    sink.command(
        f"ALTER TABLE {EVENTS_TABLE} REPLACE PARTITION tuple() FROM {BESIDE} "
        "SETTINGS allow_replace_partition_from_empty_source = 1"
    )
    discard(sink)
    log.info("events_replaced")


def discard(sink: Sink) -> None:
    """Drop the table beside `events`, also one that a killed rebuild left."""
    sink.command(f"DROP TABLE IF EXISTS {BESIDE} SYNC")


def _lost(sink: Sink) -> EventsLost:
    """Compare by digests of the identities: 16 bytes an event are kept in memory."""
    ((n_events, n_runs, first, last),) = sink.query(
        f"""
SELECT
    uniqExact({_IDENTITY}),
    uniqExact(run_id),
    toString(min(received_at)),
    toString(max(received_at))
FROM {EVENTS_TABLE}
WHERE {_IDENTITY} NOT IN (SELECT {_IDENTITY} FROM {BESIDE})
"""  # noqa: S608 - constants
    )
    return EventsLost(int(n_events), int(n_runs), str(first), str(last))

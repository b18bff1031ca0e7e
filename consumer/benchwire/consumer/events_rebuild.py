"""Makes `events` anew from what the stream, or journals, still hold.

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
from benchwire.consumer.events_source import EventSource, Reach
from benchwire.consumer.sink import Sink

BESIDE: Final = "events_rebuilt"
UNDELIVERED: Final = "events_read"
"""Rows of a source that does not know when they were received."""
_IDENTITY: Final = (
    "sipHash128(experiment_id, run_id, emitter, epoch, seq, payload_hash, envelope_hash)"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EventsLost:
    """What `events` holds and the source does not, or not any more."""

    n_events: int
    n_runs: int
    first_received_at: str
    last_received_at: str


@dataclass(frozen=True, slots=True)
class EventsRebuilt:
    """What was read, and what `events` holds that is not there."""

    source: str
    reach: Reach
    n_events: int
    n_refused: int
    """Lines that are dead letters; they stay what they are."""
    lost: EventsLost


def read_beside(
    sink: Sink,
    source: EventSource,
    *,
    on_reach: Callable[[Reach], object] = lambda _reach: None,
    on_messages: Callable[[int], object] = lambda _n: None,
    announce: Callable[[str], None] = lambda _text: None,
) -> EventsRebuilt:
    """Fill the table beside `events` from a source, and compare.

    Raises:
        BenchwireError: The source cannot be read, or holds nothing, or a consumer runs.
    """
    reach = source.reach()
    on_reach(reach)
    discard(sink)
    table = BESIDE if source.knows_deliveries else UNDELIVERED
    sink.command(f"CREATE TABLE {table} AS {EVENTS_TABLE}")
    refused_by_table = 0

    def store(batch: Batch) -> None:
        nonlocal refused_by_table
        refused_by_table += len(store_events(sink, batch, table=table))

    n_refused = source.read(store, on_messages=on_messages, announce=announce)
    if not source.knows_deliveries:
        _add_deliveries(sink)
    ((n_events,),) = sink.query(f"SELECT uniqExact({_IDENTITY}) FROM {BESIDE}")  # noqa: S608 - constants
    n_refused += refused_by_table
    return EventsRebuilt(source.name, reach, int(n_events), n_refused, _lost(sink))


def replace_events(sink: Sink) -> None:
    """Put the table beside `events` in its place, in one step, and drop what it was."""
    # An empty table has no part to put there; reading has refused a source without events, but all
    # of its lines may be dead letters.
    if int(sink.query(f"SELECT count() FROM {BESIDE}")[0][0]):  # noqa: S608 - a constant
        replace = f"ALTER TABLE {EVENTS_TABLE} REPLACE PARTITION tuple() FROM {BESIDE}"
    else:
        replace = f"TRUNCATE TABLE {EVENTS_TABLE}"
    sink.command(replace)
    discard(sink)
    log.info("events_replaced")


def discard(sink: Sink) -> None:
    """Drop the tables beside `events`, also those that a killed rebuild left."""
    for table in (BESIDE, UNDELIVERED):
        sink.command(f"DROP TABLE IF EXISTS {table} SYNC")


def _add_deliveries(sink: Sink) -> None:
    """Take over from `events` when an event was received, and its place in the stream.

    What `events` does not hold has no place (0, which no stream gives), and counts as received
    when it was emitted: nothing better is known, and old runs do not look alive.
    """
    sink.command(f"CREATE TABLE {BESIDE} AS {EVENTS_TABLE}")
    sink.command(
        f"INSERT INTO {BESIDE} SELECT * FROM {EVENTS_TABLE} "  # noqa: S608 - constants
        f"WHERE {_IDENTITY} IN (SELECT {_IDENTITY} FROM {UNDELIVERED})"
    )
    sink.command(
        f"INSERT INTO {BESIDE} SELECT * REPLACE (ts AS received_at) FROM {UNDELIVERED} "  # noqa: S608 - constants
        f"WHERE {_IDENTITY} NOT IN (SELECT {_IDENTITY} FROM {EVENTS_TABLE})"
    )


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

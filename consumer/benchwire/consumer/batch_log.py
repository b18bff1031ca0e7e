"""Keeps one row per insert in the table `batches`: operational, best effort, never in the way."""

import time
import uuid
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog

from benchwire.consumer.batcher import Batch
from benchwire.consumer.decoder import received_at
from benchwire.consumer.sink import Sink, SinkError
from benchwire.schemas.timestamps import wire_timestamp

TABLE: Final = "batches"
FLUSH_SECONDS: Final = 2.0
"""Time between two inserts of rows about inserts."""
ROWS_MAX: Final = 1_000
"""More than this is waiting only while ClickHouse is away; the oldest rows go."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What one insert carried and what it took."""

    batch_id: str
    consumer: str
    inserted_at: str
    first_stream_seq: int
    last_stream_seq: int
    n_messages: int
    n_events: int
    n_redelivered: int
    n_dead_letters: int
    body_bytes: int
    insert_ms: float
    oldest_received_at: str


def batch_row(
    batch: Batch, *, consumer: str, insert_seconds: float, n_dead_letters: int
) -> BatchRow:
    """Describe a batch that has just been inserted."""
    messages = batch.messages
    oldest = min(messages, key=lambda message: message.stored_ns)
    return BatchRow(
        batch_id=str(uuid.uuid4()),
        consumer=consumer,
        inserted_at=wire_timestamp(),
        first_stream_seq=min(message.stream_seq for message in messages),
        last_stream_seq=max(message.stream_seq for message in messages),
        n_messages=len(messages),
        n_events=batch.n_events,
        n_redelivered=sum(message.delivered > 1 for message in messages),
        n_dead_letters=n_dead_letters,
        body_bytes=batch.body_bytes,
        insert_ms=round(insert_seconds * 1_000, 3),
        oldest_received_at=received_at(oldest),
    )


class BatchLog:
    """Collects rows and inserts them every few seconds, from the thread that inserts events."""

    def __init__(self) -> None:
        self._rows: list[BatchRow] = []
        self._flushed_at = time.monotonic()

    def note(self, row: BatchRow) -> None:
        """Remember a row for the next flush."""
        self._rows.append(row)
        del self._rows[:-ROWS_MAX]

    @property
    def is_due(self) -> bool:
        """True when rows wait and the last flush was long enough ago."""
        return bool(self._rows) and time.monotonic() - self._flushed_at >= FLUSH_SECONDS

    def flush(self, sink: Sink) -> None:
        """Insert what waits; a failure is logged and forgotten, as these rows guard nothing."""
        rows, self._rows = self._rows, []
        self._flushed_at = time.monotonic()
        if not rows:
            return
        try:
            sink.insert(TABLE, b"\n".join(msgspec.json.encode(row) for row in rows))
        except SinkError as error:
            log.warning("batch_log_not_written", rows=len(rows), error=type(error).__name__)

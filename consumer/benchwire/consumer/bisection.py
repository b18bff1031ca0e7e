"""Stores what can be stored of a batch that ClickHouse refused, and finds the rows at fault."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchwire.consumer.batcher import Batch
from benchwire.consumer.dead_letters import DeadLetter
from benchwire.consumer.decoder import Decoded
from benchwire.consumer.sink import RowsRefused, Sink
from benchwire.schemas.errors import BenchwireError

EVENTS_TABLE: Final = "events"
ROW_REFUSED: Final = "row_refused"
"""Reason of a dead letter whose line is a valid event that ClickHouse would not take."""
REFUSED_MAX: Final = 200
"""More refused rows in one batch blame the table, not the rows: each costs about
2·log2(batch) inserts, and setting a whole stream aside helps nobody."""


class TooManyRefused(BenchwireError):  # noqa: N818 - says what happened
    """ClickHouse refuses so much that consuming must pause instead of setting it all aside."""


@dataclass(frozen=True, slots=True)
class _Row:
    decoded: Decoded
    line_no: int
    text: bytes


def store_events(
    sink: Sink, batch: Batch, *, refused_max: int = REFUSED_MAX, table: str = EVENTS_TABLE
) -> list[DeadLetter]:
    """Insert a batch; what ClickHouse refuses of it comes back as dead letters.

    Raises `SinkUnavailable` (do it all again: storing twice changes nothing) or
    `TooManyRefused` (some rows are stored, nothing may be acknowledged).
    """
    if not batch.n_events:
        return []
    try:
        sink.insert(table, batch.body())
    except RowsRefused:
        return _bisect(sink, table, _rows(batch), refused_max)
    return []


def _bisect(sink: Sink, table: str, rows: Sequence[_Row], refused_max: int) -> list[DeadLetter]:
    """Insert halves, and halves of refused halves, until single rows are refused."""
    refused: list[DeadLetter] = []
    middle = len(rows) // 2
    waiting = [rows[middle:], rows[:middle]] if middle else [rows]
    while waiting:
        part = waiting.pop()
        try:
            sink.insert(table, b"\n".join([row.text for row in part]))
        except RowsRefused as error:
            if len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
                continue
            refused.append(part[0].decoded.refuse(part[0].line_no, ROW_REFUSED, str(error)))
            if len(refused) > refused_max:
                raise TooManyRefused(
                    f"ClickHouse refused more than {refused_max} rows of one batch",
                    hint="compare the table `events` with this version's migrations",
                ) from error
    return refused


def _rows(batch: Batch) -> list[_Row]:
    rows: list[_Row] = []
    for decoded in batch.decoded:
        texts = [text for text in decoded.rows.split(b"\n") if text]
        pairs = zip(decoded.stored_line_numbers, texts, strict=True)
        rows.extend(_Row(decoded, line_no, text) for line_no, text in pairs)
    return rows

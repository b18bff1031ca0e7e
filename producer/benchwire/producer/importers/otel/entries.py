"""What is known of each span while its trace is not translated yet, kept in a temporary database.

The database has no name and goes with the process; its few pages in memory do not grow with it.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from benchwire.producer.importers.otel.operations import Role
from benchwire.producer.importers.otel.spool import Place

_LATEST: Final = 2**63 - 1
_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE span (
    trace_no INTEGER,
    span_id BLOB,
    began_us INTEGER,
    is_genai INTEGER,
    size_bytes INTEGER,
    entry BLOB,
    PRIMARY KEY (trace_no, span_id)
) WITHOUT ROWID;
CREATE TABLE log (trace_no INTEGER, span_id BLOB, offset INTEGER, size_bytes INTEGER);
CREATE INDEX log_of_span ON log (trace_no, span_id);
BEGIN;
"""  # One transaction without an end: nothing of it is to outlive the process.


class Entry(msgspec.Struct, array_like=True):
    """What says what a span is."""

    span_id: str
    parent_id: str | None
    start_us: int | None
    end_us: int | None
    role: Role
    errored: bool
    says_tokens: bool
    digest: bytes
    offset: int
    size_bytes: int
    identity: str | None = None
    """Id of the tool call or of the agent, if it says one."""
    name: str | None = None
    """Name of the tool or of the agent."""

    @property
    def place(self) -> Place:
        """Where the span lies in the spool."""
        return Place(self.offset, self.size_bytes)

    @property
    def rank(self) -> tuple[int, int, bytes]:
        """Of two spans with one id, the greater counts: it ended later, or says more."""
        return self.end_us or 0, self.size_bytes, self.digest

    @property
    def began_us(self) -> int:
        """When it began; a span that does not say when comes last."""
        return _LATEST if self.start_us is None else min(self.start_us, _LATEST)


class Extent(msgspec.Struct, frozen=True):
    """The spans of one trace taken together."""

    trace_no: int
    began_us: int
    is_genai: bool
    """True if a model, a tool or an agent was at work."""
    size_bytes: int


class Entries:
    """The entries of all spans, by the number of their trace.

    Every method raises OSError when the disk is full.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)

    def known(self, trace_no: int, span_id: str) -> Entry | None:
        """The entry of a span, if there is one."""
        sql = "SELECT entry FROM span WHERE trace_no = ? AND span_id = ?"
        with _disk():
            found = self._database.execute(sql, (trace_no, _key(span_id))).fetchone()
        return None if found is None else msgspec.msgpack.decode(found[0], type=Entry)

    def put(self, trace_no: int, entry: Entry) -> None:
        """Keep an entry, in place of an earlier one of the same span."""
        row = (
            trace_no,
            _key(entry.span_id),
            entry.began_us,
            entry.role != "other",
            entry.size_bytes,
            msgspec.msgpack.encode(entry),
        )
        with _disk():
            self._database.execute("INSERT OR REPLACE INTO span VALUES (?, ?, ?, ?, ?, ?)", row)

    def put_log(self, trace_no: int, span_id: str, place: Place) -> None:
        """Keep where a log record of a span lies."""
        row = (trace_no, _key(span_id), place.offset, place.size_bytes)
        with _disk():
            self._database.execute("INSERT INTO log VALUES (?, ?, ?, ?)", row)

    def logs(self, trace_no: int, span_id: str) -> list[Place]:
        """Where the log records of a span lie, in the order in which they came."""
        sql = "SELECT offset, size_bytes FROM log WHERE trace_no = ? AND span_id = ? ORDER BY rowid"
        with _disk():
            return [Place(*row) for row in self._database.execute(sql, (trace_no, _key(span_id)))]

    def of_trace(self, trace_no: int) -> dict[str, Entry]:
        """The entries of one trace by span id."""
        with _disk():
            rows = self._database.execute("SELECT entry FROM span WHERE trace_no = ?", (trace_no,))
            entries = [msgspec.msgpack.decode(row[0], type=Entry) for row in rows]
        return {entry.span_id: entry for entry in entries}

    def extents(self) -> Iterator[Extent]:
        """All traces that have spans."""
        sql = """
            SELECT trace_no, min(began_us), max(is_genai), sum(size_bytes)
            FROM span GROUP BY trace_no
        """
        with _disk():
            rows = self._database.execute(sql).fetchall()
        for trace_no, began_us, is_genai, size_bytes in rows:
            yield Extent(trace_no, began_us, bool(is_genai), size_bytes)


@contextmanager
def _disk() -> Generator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(f"the temporary database of spans: {error}") from error


def _key(span_id: str) -> bytes:
    return span_id.encode("utf-8", "surrogatepass")

"""A migrated database to load wire lines into and to read views from, in this process."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.support.chdb import fresh_sink

from benchwire.consumer.migrations import apply
from benchwire.consumer.price_book import load_book
from benchwire.consumer.price_file import Price
from benchwire.consumer.sink import Sink
from benchwire.consumer.stored_runs import STORED, refresh, refresh_due, server_time_us
from benchwire.embedded.store import ChdbStore

BLOCK_BYTES = 1_000
"""Small, so that lines are cut everywhere."""


_IDLE: dict[int, list[Sink]] = {}
"""Empty databases on each engine of this process: applying all tables and views takes seconds."""


class ViewStore:
    """One database on the process's engine, with all tables and views applied, and empty.

    Nothing in it may be created, altered or dropped: the next test gets it, emptied.
    """

    def __init__(self, store: ChdbStore) -> None:
        self._store = store
        self._sink = take_database(store)
        self.database = str(self._sink.query("SELECT currentDatabase()")[0][0])
        self._handle = store.handle()
        self._handle.query(f"USE {self.database}")

    def load(self, bodies: Iterable[bytes]) -> None:
        """Insert batches and bring the stored rows up to date, as the consumer would."""
        self.insert(bodies)
        refresh_due(self._sink)

    def insert(self, bodies: Iterable[bytes]) -> None:
        """Insert batches, and leave the stored rows as they are."""
        for body in bodies:
            self._sink.insert("events", body)

    def refresh(self, run_ids: Iterable[str]) -> None:
        """Compute the stored rows of these runs and of no others."""
        wanted = sorted(run_ids)
        until_us = server_time_us(self._sink)
        for rows in STORED:
            refresh(self._sink, wanted, complete_until_us=until_us, rows=rows)

    def load_prices(self, prices: Sequence[Price]) -> None:
        """Put a price book into effect; the rows of runs have its prices once they are loaded."""
        load_book(self._sink, "shipped", "release", prices)

    def command(self, sql: str) -> None:
        """Run a statement without rows."""
        self._handle.query(sql)

    def text(self, sql: str) -> list[bytes]:
        """Give the rows as the engine writes them, in a fixed order."""
        return sorted((self._handle.query(sql, "JSONCompactEachRow").bytes() or b"").splitlines())

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Give the rows as dictionaries."""
        lines = (self._handle.query(sql, "JSONEachRow").bytes() or b"").splitlines()
        return [json.loads(line) for line in lines]

    def answers(
        self, sql: str, params: Mapping[str, str] | None = None, /
    ) -> list[tuple[Any, ...]]:
        """Answer as the SQL endpoint does, with parameters."""
        body = self._handle.query(sql, "JSONCompact", params=params or {}).bytes() or b""
        return [tuple(row) for row in json.loads(body)["data"]]

    def blocks(
        self, sql: str, fmt: str, params: Mapping[str, str] | None = None, /
    ) -> Iterator[bytes]:
        """Answer as the SQL endpoint does, in small blocks."""
        body = self._handle.query(sql, fmt, params=params or {}).bytes() or b""
        for start in range(0, len(body), BLOCK_BYTES):
            yield body[start : start + BLOCK_BYTES]

    def clear(self) -> None:
        """Empty every table."""
        empty(self._sink)

    def merge(self) -> None:
        """Merge every table into one part."""
        for table in tables_with_rows(self._sink):
            self.command(f"OPTIMIZE TABLE {table} FINAL")

    def close(self) -> None:
        """Leave the database, empty, to the next one that needs one."""
        self._handle.close()
        give_back(self._store, self._sink)


def take_database(store: ChdbStore) -> Sink:
    """Give a sink on a database with all tables and views, and nothing in them.

    Nothing in it may be created, altered or dropped unless that is undone: `give_back` leaves it
    to the next test.
    """
    idle = _IDLE.setdefault(id(store), [])
    return idle.pop() if idle else _migrated(store)


def give_back(store: ChdbStore, sink: Sink) -> None:
    """Empty a database and leave it to the next one that needs one."""
    empty(sink)
    _IDLE[id(store)].append(sink)


def empty(sink: Sink) -> None:
    """Empty every table."""
    for table in tables_with_rows(sink):
        sink.command(f"TRUNCATE TABLE {table}")


def tables_with_rows(sink: Sink) -> list[str]:
    """Name the tables that tests fill."""
    rows = sink.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() "
        "AND engine LIKE '%MergeTree' AND name != 'schema_migrations'"
    )
    return [str(name) for (name,) in rows]


def close_idle(store: ChdbStore) -> None:
    """Close what was left to nobody; before the engine is closed."""
    for sink in _IDLE.pop(id(store), []):
        sink.close()


def _migrated(store: ChdbStore) -> Sink:
    sink = fresh_sink(store)
    apply(sink)
    return sink


def seen_from(view: str, as_of: datetime) -> str:
    """Write the call of a view that takes as_of."""
    return f"{view}_at(as_of = toDateTime64('{as_of:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC'))"


def called(view: str, arguments: Mapping[str, str]) -> str:
    """Write the call of a view with parameters; without any it is just its name."""
    if not arguments:
        return view
    written = (f"{name} = {_literal(value)}" for name, value in arguments.items())
    return f"{view}({', '.join(written)})"


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

"""chDB for tests: one engine path per process, one database per test."""

import uuid
from pathlib import Path

from benchwire.consumer.sink import Sink
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.store import ChdbStore


def open_store(directory: Path) -> ChdbStore:
    """Open the engine; a process can do that for one path at a time."""
    directory.mkdir(parents=True, exist_ok=True)
    return ChdbStore.open(directory / "store", directory / "engine-config")


def fresh_sink(store: ChdbStore) -> Sink:
    """Give a sink whose unqualified names mean a new, empty database."""
    database = f"test_{uuid.uuid4().hex}"
    sink = ChdbSink(store)
    sink.command(f"CREATE DATABASE {database} ENGINE = Atomic")
    return _in_database(sink, database)


def beside(store: ChdbStore, sink: Sink) -> Sink:
    """Give another sink on the database of this one."""
    return _in_database(ChdbSink(store), str(sink.query("SELECT currentDatabase()")[0][0]))


def _in_database(sink: ChdbSink, database: str) -> Sink:
    handles = (sink._statements, sink._inserts)  # pyright: ignore[reportPrivateUsage]
    for handle in handles:
        assert handle is not None
        handle.query(f"USE {database}")
    return sink

"""Apply or print migrations, on a server or on the store of a data directory."""

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from benchwire.consumer import migrations
from benchwire.consumer.main import open_sink
from benchwire.consumer.price_book import load_price_books
from benchwire.consumer.rebuild import rebuild, rebuild_statements, refuse_unknown
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.stored_runs import insert_margin_seconds, refresh_all, refresh_due
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.errors import EnginesBusyError
from benchwire.embedded.registration import DaemonLock, lock_holder
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import this_process
from benchwire.embedded.store import ChdbStore

EVENTS = "0001_events"
"""On a database without it there is nothing to rebuild."""


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """What was done, or would be."""

    steps: list[dict[str, str]]
    sql: str = ""


def migrate_server(
    settings: ConsumerSettings, tables: Sequence[str], *, dry_run: bool
) -> MigrationResult:
    """Migrate the ClickHouse server of the settings, and rebuild some of its tables."""
    sink = open_sink(settings)
    try:
        return migrate_sink(sink, tables, settings, dry_run=dry_run)
    finally:
        sink.close()


def migrate_store(
    settings: EmbeddedSettings, tables: Sequence[str], *, dry_run: bool
) -> MigrationResult:
    """Migrate the store of a data directory; its daemon must not run, it migrates by itself."""
    hint = "restart it to apply newer ones: benchwire down, then benchwire up"
    with opened_store(settings, "applied all migrations when it started", hint) as sink:
        return migrate_sink(sink, tables, alone(), dry_run=dry_run)


def alone() -> ConsumerSettings:
    """Settings of whoever holds the lock of a data directory, where nobody else inserts."""
    return ConsumerSettings(exclusive=True)


@contextlib.contextmanager
def opened_store(settings: EmbeddedSettings, instead: str, hint: str) -> Generator[Sink]:
    """Open the store of a data directory for this process alone.

    Whoever has it open is named in the error, with what it did `instead`, and what to do.
    """
    data = DataDirectory(settings.data_dir)
    data.create()
    lock = DaemonLock(data.lock)
    if not lock.acquire(this_process("command")):
        holder = lock_holder(data.lock)
        who = f"`{holder.command}` (pid {holder.pid})" if holder else "another process"
        raise EnginesBusyError(f"{who} has the store open, and {instead}", hint=hint)
    try:
        store = ChdbStore.open(data.store, data.engine_config)
        sink = ChdbSink(store)
        try:
            yield sink
        finally:
            sink.close()
            store.close()
    finally:
        lock.release()


def migrate_sink(
    sink: Sink, tables: Sequence[str], settings: ConsumerSettings, *, dry_run: bool = False
) -> MigrationResult:
    """Migrate one database, and rebuild some of its tables."""
    refuse_unknown(tables)
    if dry_run:
        sql, steps = migrations.dry_run(sink), migrations.plan(sink)
        is_new = any(step.name == EVENTS for step in steps)
        for table in () if is_new else tables:
            sql += f"-- rebuild {table}\n"
            sql += "".join(f"{each};\n" for each in rebuild_statements(sink, table))
    else:
        sql, steps = "", migrations.apply(sink)
        load_price_books(sink, settings.price_book)
        for table in tables:
            rebuild(sink, table)
        update = refresh_all if tables else refresh_due
        update(sink, margin_seconds=insert_margin_seconds(settings))
    done = [{"action": step.action, "name": step.name} for step in steps]
    return MigrationResult([*done, *({"action": "rebuild", "name": name} for name in tables)], sql)

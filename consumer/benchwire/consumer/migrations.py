"""Brings a database to this version: numbered tables once, views whenever they changed.

What was done is recorded in `schema_migrations` (one row per object, the newest wins). Every
statement can be repeated, and a record is written after its object, so a kill at any moment
and two processes at once end in the same state: ClickHouse has no locks to take instead.
In a replicated database tables get engines that replicate (`replicated`).
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Final, Literal

import structlog

from benchwire.consumer.backoff import pauses
from benchwire.consumer.rebuild import rebuildable
from benchwire.consumer.replicated import is_replicated, replicated
from benchwire.consumer.sink import Sink, StatementFailed
from benchwire.consumer.sqlfiles import LAYERS, SqlFiles, read_sql_files
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.timestamps import wire_timestamp

RECORDS_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    name String,
    checksum String,
    version String,
    applied_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY name
""".strip()

ATTEMPTS_MAX: Final = 8
"""Two appliers at once can trip over each other's CREATE OR REPLACE; a new look settles it."""

DROPPED: Final = "dropped"

STORED: Final = "_stored"
"""Ends the name of a table in the folder of views: a cache of a view, empty when made anew."""

DATABASE: Final = "${database}"
"""Stands in SQL files for the database they are applied in. Only calls of parameterised views
need it: the engine resolves those by the reader's current database, everything else by ours."""

Action = Literal["create", "replace", "drop"]

log = structlog.get_logger(__name__)


class MigrationChanged(BenchwireError):  # noqa: N818 - the migration is what changed
    """A numbered table file was edited after it had been applied."""


@dataclass(frozen=True, slots=True)
class Step:
    """One object to create, replace or drop, and the statements that do it."""

    name: str
    action: Action
    checksum: str
    statements: tuple[str, ...]


def plan(sink: Sink, files: SqlFiles | None = None) -> list[Step]:
    """Say what `apply` would do, in order, without touching anything."""
    files = read_sql_files() if files is None else files
    applied = _applied(sink)
    database = str(sink.query("SELECT currentDatabase()")[0][0])
    steps = [
        *_table_steps(files, applied, _existing_tables(sink)),
        *_view_steps(files, applied, _existing_views(sink)),
        *_drop_steps(files, applied),
    ]
    replicates = is_replicated(sink)
    return [_placed(step, database, replicates=replicates) for step in steps]


def dry_run(sink: Sink, files: SqlFiles | None = None) -> str:
    """Give the SQL that `apply` would run, in order, ready to read or to pipe elsewhere."""
    blocks = [
        f"-- {step.action} {step.name}\n" + "".join(f"{sql};\n" for sql in step.statements)
        for step in plan(sink, files)
    ]
    return "\n".join(blocks)


def apply(sink: Sink, files: SqlFiles | None = None) -> list[Step]:
    """Bring the database to this version and return what was done; nothing when it already is."""
    files = read_sql_files() if files is None else files
    waits = pauses(longest_seconds=1.0)
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return _apply_once(sink, files)
        except StatementFailed as error:
            log.warning("migration_retried", error=str(error))
            time.sleep(next(waits))
    return _apply_once(sink, files)


def _apply_once(sink: Sink, files: SqlFiles) -> list[Step]:
    for statement in replicated(RECORDS_TABLE) if is_replicated(sink) else [RECORDS_TABLE]:
        sink.command(statement)
    steps = plan(sink, files)
    done: list[Step] = []
    try:
        for step in steps:
            for statement in step.statements:
                sink.command(statement)
            done.append(step)
            log.info("migration_applied", name=step.name, action=step.action)
    finally:
        # Together, which takes a third off a new database. What a kill leaves unrecorded is done
        # once more, to the same end.
        if done:
            _record(sink, done)
    return steps


def _placed(step: Step, database: str, *, replicates: bool) -> Step:
    statements = [statement.replace(DATABASE, database) for statement in step.statements]
    if replicates:
        statements = [each for statement in statements for each in replicated(statement)]
    return replace(step, statements=tuple(statements))


def _table_steps(
    files: SqlFiles, applied: dict[str, str], existing: frozenset[str]
) -> Iterator[Step]:
    """Create what is new, and what somebody dropped if `events` can fill it again.

    `events` itself is never made anew: a consumer that finds it gone must stop, not go on empty.
    """
    filled = rebuildable(files)
    for file in files.tables:
        recorded = applied.get(file.name)
        name = file.name.partition("_")[2]
        dropped = name not in existing and name.removesuffix("_mv") in filled
        if recorded is None or (dropped and recorded == file.checksum):
            yield Step(file.name, "create", file.checksum, tuple(file.statements))
        elif recorded != file.checksum:
            raise MigrationChanged(
                f"sql/tables/{file.name}.sql was applied with checksum {recorded} "
                f"and now has {file.checksum}",
                hint="restore the file and put the change into a new numbered one",
            )


def _view_steps(
    files: SqlFiles, applied: dict[str, str], existing: frozenset[str]
) -> Iterator[Step]:
    fingerprints = files.view_fingerprints()
    for file in files.views:
        fingerprint = fingerprints[file.name]
        if file.name not in existing:
            yield Step(file.name, "create", fingerprint, tuple(file.statements))
        elif applied.get(file.name) != fingerprint:
            yield Step(file.name, "replace", fingerprint, tuple(file.statements))


def _drop_steps(files: SqlFiles, applied: dict[str, str]) -> Iterator[Step]:
    """Drop views of ours that no file describes any more; views of others are not recorded."""
    current = {file.name for file in files.views}
    for name in sorted(applied.keys() - current, reverse=True):
        if name.startswith(LAYERS) and applied[name] != DROPPED:
            kind = "TABLE" if name.endswith(STORED) else "VIEW"
            yield Step(name, "drop", DROPPED, (f"DROP {kind} IF EXISTS {name}",))


def _applied(sink: Sink) -> dict[str, str]:
    present = sink.query(
        "SELECT count() FROM system.tables "
        "WHERE database = currentDatabase() AND name = 'schema_migrations'"
    )
    if not int(present[0][0]):
        return {}
    rows = sink.query(
        "SELECT name, argMax(checksum, applied_at) FROM schema_migrations GROUP BY name"
    )
    return {str(name): str(checksum) for name, checksum in rows}


def _existing_tables(sink: Sink) -> frozenset[str]:
    rows = sink.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
    return frozenset(str(name) for (name,) in rows)


def _existing_views(sink: Sink) -> frozenset[str]:
    """Name views, and the tables that are made and made anew like views."""
    rows = sink.query("SELECT name, engine FROM system.tables WHERE database = currentDatabase()")
    return frozenset(
        str(name) for name, engine in rows if engine == "View" or str(name).endswith(STORED)
    )


def _record(sink: Sink, steps: Sequence[Step]) -> None:
    version, applied_at = metadata.version("benchwire"), wire_timestamp()
    rows = (
        {
            "name": step.name,
            "checksum": step.checksum,
            "version": version,
            "applied_at": applied_at,
        }
        for step in steps
    )
    sink.insert("schema_migrations", "\n".join(map(json.dumps, rows)).encode())

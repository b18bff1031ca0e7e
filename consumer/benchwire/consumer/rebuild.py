"""Fills a typed table from `events` anew, as its materialized view would have filled it.

Emptying first removes rows that have no event. A consumer may go on meanwhile: what it inserts
after the emptying stays, what it had inserted before is in `events` and read again. Until the
end, readers see less. A rebuild that was killed is simply repeated.
"""

import re
from collections.abc import Iterable
from typing import Final

import structlog

from benchwire.consumer.sink import Sink
from benchwire.consumer.sqlfiles import SqlFiles, read_sql_files
from benchwire.consumer.statements import without_comments
from benchwire.schemas.errors import BenchwireError

_MATERIALIZED: Final = re.compile(
    r"\s*CREATE MATERIALIZED VIEW IF NOT EXISTS \w+ TO (?P<table>\w+) AS\s+(?P<select>SELECT\b.*)",
    re.DOTALL,
)

log = structlog.get_logger(__name__)


class NothingToRebuild(BenchwireError):  # noqa: N818 - the table is what cannot be rebuilt
    """No materialized view fills a table of that name."""


def rebuildable(files: SqlFiles | None = None) -> dict[str, str]:
    """Name every table that is filled from `events`, with the query that fills it."""
    files = read_sql_files() if files is None else files
    statements = (text for file in files.tables for text in file.statements)
    found = (_MATERIALIZED.match(without_comments(statement)) for statement in statements)
    return {each["table"]: each["select"].strip() for each in found if each is not None}


def refuse_unknown(tables: Iterable[str]) -> None:
    """Raise `NothingToRebuild` for a name that no materialized view fills."""
    known = rebuildable()
    for table in tables:
        if table not in known:
            raise NothingToRebuild(
                f"no typed table is called {table!r}", hint="one of " + ", ".join(sorted(known))
            )


def rebuild_statements(sink: Sink, table: str) -> tuple[str, str]:
    """Give what a rebuild runs: one statement that empties the table, one that fills it."""
    refuse_unknown([table])
    select = rebuildable()[table]
    # By name: an insert takes columns by position, a materialized view by name.
    columns = ", ".join(str(row[0]) for row in sink.query(f"DESCRIBE TABLE ({select})"))
    return f"TRUNCATE TABLE {table}", f"INSERT INTO {table} ({columns})\n{select}"


def rebuild(sink: Sink, table: str) -> None:
    """Empty one typed table and fill it from `events`."""
    for statement in rebuild_statements(sink, table):
        sink.command(statement)
    log.info("table_rebuilt", table=table)

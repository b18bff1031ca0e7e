"""Gives tables engines that replicate, where the database is one that replicates.

A database with the engine `Replicated` repeats every CREATE on all its servers, but leaves the
engines of tables as they are written: a plain one would hold on each server only what was inserted
there. (ClickHouse Cloud exchanges engines by itself, whichever of both is written.) Paths and names
of replicas are the server's defaults, by the table's UUID.
"""

import re
from typing import Final

from benchwire.consumer.sink import Sink

_ENGINE: Final = re.compile(r"(\bENGINE = )((?:[A-Z][a-z]+)*MergeTree\b)")
_REPLACED: Final = re.compile(r"^CREATE OR REPLACE TABLE (\w+)", re.MULTILINE)


def is_replicated(sink: Sink) -> bool:
    """Say whether the sink's database repeats statements on other servers."""
    rows = sink.query("SELECT engine FROM system.databases WHERE name = currentDatabase()")
    return [str(engine) for (engine,) in rows] == ["Replicated"]


def replicated(statement: str) -> list[str]:
    """Give the statements that do the same in a replicated database.

    A table is dropped and made rather than replaced: replicas of one that was replaced have been
    seen apart (ClickHouse issue 64282). It is one of ours that is empty when made anew.
    """
    written = _ENGINE.sub(_replicating, statement)
    found = _REPLACED.search(written)
    if found is None:
        return [written]
    made = written[: found.start()] + f"CREATE TABLE {found[1]}" + written[found.end() :]
    return [f"DROP TABLE IF EXISTS {found[1]} SYNC", made]


def _replicating(found: re.Match[str]) -> str:
    engine = found[2]
    return found[1] + (engine if engine.startswith("Replicated") else f"Replicated{engine}")

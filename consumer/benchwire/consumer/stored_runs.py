"""Keeps the stored rows of runs equal to their definitions.

Two tables have a row per run: `sum_runs_stored` what a run is and used in all (`sum_runs_of`), and
`sum_sessions_stored` what happened in it turn by turn and call by call (`sum_sessions_of`). Every
row is computed anew from all that is stored of its run, so that it depends neither on what it was
before nor on the order of anything. A row says until when it is complete: the run is due again
when something was inserted later (`run_touches`), whoever inserted it.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows of runs that are stored: the view `name`, its definition and its table."""

    name: str
    runs_max: int
    """Computed by one query: memory grows with their events, its text stays below 256 KiB."""


RUNS: Final = StoredRows("sum_runs", 5_000)
SESSIONS: Final = StoredRows("sum_sessions", 2_000)
STORED: Final = (RUNS, SESSIONS)
"""In the order in which they are computed; what depends on both may see the first one newer."""

_STORE: Final = """
INSERT INTO {name}_stored
SELECT
    *,
    fromUnixTimestamp64Micro(toInt64({complete_until_us}), 'UTC') AS complete_until,
    bitOr(bitShiftLeft(toUInt128(n_contents), 64), toUInt128({looked_at_us})) AS version
FROM {name}_of(run_ids = [{run_ids}])
SETTINGS
    optimize_move_to_prewhere_if_final = 1,
    query_plan_merge_expressions = 0,
    query_plan_remove_unused_columns = 0,
    max_threads = {max_threads}
"""
"""The first setting makes the filter on run_id reach below FINAL: two to four times faster. Without
the next two a query plans 0.1 s less, and one of 2,000 runs takes 3 % longer (measured)."""

_DUE: Final = "SELECT toString(run_id) FROM fct_due_runs WHERE stored_in = '{name}'"
_ENDED: Final = "SELECT toString(run_id) FROM sum_runs WHERE is_stopped AND run_id IN ({run_ids})"
_ALL: Final = "SELECT DISTINCT toString(run_id) FROM stg_emitters"


def refresh(
    sink: Sink,
    run_ids: Iterable[str],
    *,
    complete_until_us: int,
    rows: StoredRows = RUNS,
    max_threads: int = 0,
) -> None:
    """Compute the rows of these runs anew, with as many threads of the engine; 0: one per core.

    Whatever was inserted before `complete_until_us` (µs since 1970) must be there to its last row.
    """
    for chunk in _chunks(sorted(run_ids, key=_place), rows.runs_max):
        statement = _STORE.format(
            name=rows.name,
            complete_until_us=complete_until_us,
            looked_at_us=time.time_ns() // 1_000,
            run_ids=_quoted(chunk),
            max_threads=max_threads,
        )
        sink.command(statement)


def refresh_due(sink: Sink, *, margin_seconds: float = 0.0) -> None:
    """Bring every row up to date; inserts of others take less than `margin_seconds`."""
    until_us = server_time_us(sink) - round(margin_seconds * 1_000_000)
    for rows in STORED:
        refresh(sink, due_runs(sink, rows), complete_until_us=until_us, rows=rows)


def refresh_all(sink: Sink, *, margin_seconds: float = 0.0) -> None:
    """Compute every row anew, after typed tables were filled again.

    Emptied first: what a run has lost, a row that tells of more would hide.
    """
    for rows in STORED:
        sink.command(f"TRUNCATE TABLE {rows.name}_stored")
    until_us = server_time_us(sink) - round(margin_seconds * 1_000_000)
    run_ids = [str(run_id) for (run_id,) in sink.query(_ALL)]
    for rows in STORED:
        refresh(sink, run_ids, complete_until_us=until_us, rows=rows)


def due_runs(sink: Sink, rows: StoredRows = RUNS) -> list[str]:
    """Name the runs whose row may not tell of all that is stored."""
    return [str(run_id) for (run_id,) in sink.query(_DUE.format(name=rows.name))]


def ended_runs(sink: Sink, run_ids: Iterable[str]) -> list[str]:
    """Say which of these runs have ended, as far as their rows tell."""
    found: list[str] = []
    for chunk in _chunks(run_ids, RUNS.runs_max):
        ended = sink.query(_ENDED.format(run_ids=_quoted(chunk)))
        found.extend(str(run_id) for (run_id,) in ended)
    return found


def server_time_us(sink: Sink) -> int:
    """Give the time by the clock that `run_touches` is written by, in µs since 1970."""
    return int(sink.query("SELECT toUnixTimestamp64Micro(now64(6))")[0][0])


def insert_margin_seconds(settings: ConsumerSettings) -> float:
    """Say how long ago an insert that may still be going on can have begun."""
    return 0.0 if settings.exclusive else 2 * settings.insert_timeout_seconds


def _place(run_id: str) -> tuple[str, str]:
    """Sort as ClickHouse sorts UUIDs, by their second half, so that a query's runs lie together."""
    return run_id[19:], run_id[:18]


def _quoted(run_ids: Iterable[str]) -> str:
    return ",".join([f"'{run_id}'" for run_id in run_ids])


def _chunks(run_ids: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    left = iter(run_ids)
    while chunk := list(islice(left, size)):
        yield chunk

"""Keeps `sum_runs_stored` equal to its definition, `sum_runs_of`.

Every row is computed anew from all that is stored of its run, so that it depends neither on what
it was before nor on the order of anything. A row says until when it is complete: the run is due
again when something was inserted later (`run_touches`), whoever inserted it.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink

RUNS_MAX: Final = 5_000
"""Computed by one query: its memory grows with their events, and its text stays below 256 KiB."""

_STORE: Final = """
INSERT INTO sum_runs_stored
SELECT
    *,
    fromUnixTimestamp64Micro(toInt64({complete_until_us}), 'UTC') AS complete_until,
    bitOr(bitShiftLeft(toUInt128(n_contents), 64), toUInt128({looked_at_us})) AS version
FROM sum_runs_of(run_ids = [{run_ids}])
SETTINGS optimize_move_to_prewhere_if_final = 1
"""
"""The setting makes the filter on run_id reach below FINAL: two to four times faster (measured)."""

_DUE: Final = "SELECT toString(run_id) FROM fct_due_runs"
_ALL: Final = "SELECT DISTINCT toString(run_id) FROM stg_emitters"


def refresh(sink: Sink, run_ids: Iterable[str], *, complete_until_us: int) -> None:
    """Compute the rows of these runs anew.

    Whatever was inserted before `complete_until_us` (µs since 1970) must be there to its last row.
    """
    for chunk in _chunks(sorted(run_ids, key=_place)):
        quoted = ",".join([f"'{run_id}'" for run_id in chunk])
        statement = _STORE.format(
            complete_until_us=complete_until_us,
            looked_at_us=time.time_ns() // 1_000,
            run_ids=quoted,
        )
        sink.command(statement)


def refresh_due(sink: Sink, *, margin_seconds: float = 0.0) -> None:
    """Bring every row up to date; inserts of others take less than `margin_seconds`."""
    until_us = server_time_us(sink) - round(margin_seconds * 1_000_000)
    refresh(sink, due_runs(sink), complete_until_us=until_us)


def refresh_all(sink: Sink, *, margin_seconds: float = 0.0) -> None:
    """Compute every row anew, after typed tables were filled again.

    Emptied first: what a run has lost, a row that tells of more would hide.
    """
    sink.command("TRUNCATE TABLE sum_runs_stored")
    until_us = server_time_us(sink) - round(margin_seconds * 1_000_000)
    run_ids = [str(run_id) for (run_id,) in sink.query(_ALL)]
    refresh(sink, run_ids, complete_until_us=until_us)


def due_runs(sink: Sink) -> list[str]:
    """Name the runs whose row may not tell of all that is stored."""
    return [str(run_id) for (run_id,) in sink.query(_DUE)]


def server_time_us(sink: Sink) -> int:
    """Give the time by the clock that `run_touches` is written by, in µs since 1970."""
    return int(sink.query("SELECT toUnixTimestamp64Micro(now64(6))")[0][0])


def insert_margin_seconds(settings: ConsumerSettings) -> float:
    """Say how long ago an insert that may still be going on can have begun."""
    return 0.0 if settings.exclusive else 2 * settings.insert_timeout_seconds


def _place(run_id: str) -> tuple[str, str]:
    """Sort as ClickHouse sorts UUIDs, by their second half, so that a query's runs lie together."""
    return run_id[19:], run_id[:18]


def _chunks(run_ids: Iterable[str]) -> Iterator[Sequence[str]]:
    left = iter(run_ids)
    while chunk := list(islice(left, RUNS_MAX)):
        yield chunk

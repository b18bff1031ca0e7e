"""The refresher: what is stored of a run, reports tell soon, whoever was killed in between."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from tests.support.histories import History
from tests.support.history_lines import bodies
from tests.support.oracle_prices import book_of_the_histories
from tests.support.view_store import give_back, take_database

from benchwire.consumer import stored_runs
from benchwire.consumer.brake import Brake
from benchwire.consumer.metrics import Metrics
from benchwire.consumer.price_book import load_book
from benchwire.consumer.readiness import Readiness
from benchwire.consumer.refresher import Refresher
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.vitals import Vitals
from benchwire.embedded.store import ChdbStore

ALONE = ConsumerSettings(exclusive=True)
AMONG_OTHERS = ConsumerSettings()
SENT = History(7).add_runs(30).sent
HALVES = list(bodies(SENT, [len(SENT) // 2]))


@pytest.fixture
def sink(chdb_store: ChdbStore) -> Iterator[Sink]:
    """A migrated database that holds nothing."""
    made = take_database(chdb_store)
    yield made
    give_back(chdb_store, made)


def made(settings: ConsumerSettings, sink: Sink) -> tuple[Refresher, Metrics]:
    metrics = Metrics()
    return Refresher(settings, sink, Vitals(metrics, Readiness(), Brake(settings))), metrics


@contextlib.asynccontextmanager
async def refreshing(settings: ConsumerSettings, sink: Sink) -> AsyncGenerator[Refresher]:
    """A refresher that works beside the test."""
    refresher, metrics = made(settings, sink)
    await refresher.catch_up()
    chore = asyncio.create_task(refresher.refresh_regularly())
    try:
        yield refresher
    finally:
        chore.cancel()
        await asyncio.wait({chore})
        await refresher.close()
        metrics.close()


async def reached(refresher: Refresher) -> None:
    """Wait as a command does."""
    generation = refresher.generation
    async with asyncio.timeout(60):
        while not refresher.reached(generation):
            refresher.hurry()
            await asyncio.sleep(0.01)


def runs_seen(sink: Sink) -> set[str]:
    rows = sink.query("SELECT DISTINCT toString(run_id) FROM emitters")
    return {str(run_id) for (run_id,) in rows}


def differing(sink: Sink) -> list[tuple[Any, ...]]:
    """Runs of which a stored row is not what its definition says."""
    quoted = ",".join(f"'{run_id}'" for run_id in runs_seen(sink))
    columns = "run_id, sipHash64(toString(tuple(COLUMNS('.*'))))"
    found: set[tuple[Any, ...]] = set()
    for rows in stored_runs.STORED:
        # A run that changed its experiment leaves a row in the one before.
        belongs = "(experiment_id, run_id) IN (SELECT experiment_id, run_id FROM sum_runs)"
        stored = sink.query(f"SELECT {columns} FROM {rows.name} WHERE {belongs}")
        defined = sink.query(f"SELECT {columns} FROM {rows.name}_of(run_ids = [{quoted}])")
        assert len(defined) == len(runs_seen(sink))
        found |= set(stored) ^ set(defined)
    return sorted(found)


async def test_who_waits_after_an_insert_reads_what_was_inserted(sink: Sink) -> None:
    async with refreshing(ALONE, sink) as refresher:
        for body in HALVES:
            refresher.insert_begins()
            sink.insert("events", body)
            refresher.insert_ended(runs_seen(sink))
            await reached(refresher)
            assert differing(sink) == []
    assert stored_runs.due_runs(sink) == []


async def test_what_a_killed_consumer_inserted_is_found_at_the_next_start(sink: Sink) -> None:
    sink.insert("events", HALVES[0])
    async with refreshing(ALONE, sink) as refresher:
        await reached(refresher)
        assert differing(sink) == []
    sink.insert("events", HALVES[1])
    assert differing(sink) != []
    async with refreshing(ALONE, sink) as refresher:
        await reached(refresher)
        assert differing(sink) == []


async def test_a_look_during_an_insert_is_not_the_last(sink: Sink) -> None:
    """The engine shows parts of an insert before it is over; a kill may follow at once."""
    async with refreshing(ALONE, sink) as refresher:
        refresher.insert_begins()
        sink.insert("events", HALVES[0])
        refresher.insert_ended(runs_seen(sink))
        refresher.insert_begins()
        await reached(refresher)
        assert stored_runs.due_runs(sink) == []
        sink.insert("events", HALVES[1])
        await refresher._refresh_some(until=math.inf)  # pyright: ignore[reportPrivateUsage]
    assert stored_runs.due_runs(sink) != []


async def test_among_others_runs_stay_due_while_an_insert_may_go_on(sink: Sink) -> None:
    async with refreshing(AMONG_OTHERS, sink) as refresher:
        refresher.insert_begins()
        sink.insert("events", HALVES[0])
        refresher.insert_ended(runs_seen(sink))
        await reached(refresher)
        assert differing(sink) == []
        assert set(stored_runs.due_runs(sink)) == runs_seen(sink)


async def test_sessions_of_runs_that_go_on_wait_unless_somebody_does(sink: Sink) -> None:
    refresher, metrics = made(ALONE, sink)
    await refresher.catch_up()
    sink.insert("events", HALVES[0])
    refresher.insert_ended(runs_seen(sink))
    await refresher._refresh_some(until=time.monotonic())  # pyright: ignore[reportPrivateUsage]
    ended = set(stored_runs.ended_runs(sink, runs_seen(sink)))
    assert ended
    assert set(stored_runs.due_runs(sink, stored_runs.SESSIONS)) == runs_seen(sink) - ended != set()
    assert not refresher.reached(refresher.generation)
    await refresher._refresh_some(until=math.inf)  # pyright: ignore[reportPrivateUsage]
    assert stored_runs.due_runs(sink, stored_runs.SESSIONS) == []
    assert refresher.reached(refresher.generation)
    await refresher.close()
    metrics.close()


async def test_changed_prices_are_taken_up_at_once_by_rows_of_runs_alone(sink: Sink) -> None:
    sessions = "SELECT run_id, version FROM sum_sessions_stored ORDER BY run_id, version"
    async with refreshing(ALONE, sink) as refresher:
        sink.insert("events", HALVES[0])
        refresher.insert_ended(runs_seen(sink))
        await reached(refresher)
        looked_at = sink.query(sessions)
        load_book(sink, "shipped", "release", book_of_the_histories())
        assert set(stored_runs.due_runs(sink)) == runs_seen(sink)
        await refresher.sweep_soon()
        await reached(refresher)
        assert differing(sink) == []
        assert stored_runs.due_runs(sink) == []
        assert sink.query(sessions) == looked_at


async def test_prices_changed_by_a_killed_process_are_found_at_the_next_start(sink: Sink) -> None:
    sink.insert("events", HALVES[0])
    stored_runs.refresh_due(sink)
    load_book(sink, "override", "command", book_of_the_histories())
    assert differing(sink) != []
    async with refreshing(ALONE, sink) as refresher:
        await reached(refresher)
        assert differing(sink) == []


async def test_a_stop_computes_what_is_due(sink: Sink) -> None:
    async with refreshing(ALONE, sink) as refresher:
        await reached(refresher)
        sink.insert("events", HALVES[0])
        refresher.insert_ended(runs_seen(sink))
        await refresher.finish()
        assert differing(sink) == []

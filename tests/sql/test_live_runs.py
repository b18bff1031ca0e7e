"""Runs watched while they go on: every moment's answer equals the oracle's."""

import functools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.sql.test_views_against_oracle import SETTINGS, assert_same
from tests.support.histories import AS_OF, History
from tests.support.history_lines import START, Sent, bodies
from tests.support.live_histories import LiveHistory, redelivered
from tests.support.oracle import OracleRun, Row, distinct_events, oracle_runs
from tests.support.oracle_burn_rate import burn_rate
from tests.support.oracle_live import live_runs
from tests.support.oracle_prices import book_of_the_histories
from tests.support.view_store import ViewStore, seen_from

from benchwire.embedded.store import ChdbStore
from benchwire.schemas.codec import judge_line

SEED = 20261121
HOURS = (-1.0, 1.5, 12.0, 24.0, 36.02, 47.9, 48.5, 200.0)
MOMENTS = [START + timedelta(hours=hours) for hours in HOURS]


@functools.cache
def history() -> list[Sent]:
    return LiveHistory(SEED).add_runs(300).sent


@pytest.fixture(scope="module")
def events() -> list[Row]:
    return distinct_events(history())


@pytest.fixture(scope="module")
def runs(events: list[Row]) -> list[OracleRun]:
    return oracle_runs(events)


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    store.load(bodies(history(), range(1000, len(history()), 1000)))
    yield store
    store.close()


@pytest.mark.parametrize("hours", HOURS)
def test_live_runs_equal_the_oracle(
    views: ViewStore, runs: list[OracleRun], events: list[Row], hours: float
) -> None:
    as_of = START + timedelta(hours=hours)
    rows = views.rows(f"SELECT * FROM {seen_from('rpt_live_runs', as_of)}")
    assert_same(rows, live_runs(runs, events, as_of), ("run_id",))


@pytest.mark.parametrize("hours", HOURS)
def test_burn_rate_equals_the_oracle(
    views: ViewStore, runs: list[OracleRun], events: list[Row], hours: float
) -> None:
    as_of = START + timedelta(hours=hours)
    rows = views.rows(f"SELECT * FROM {seen_from('rpt_burn_rate', as_of)}")
    assert_same(rows, burn_rate(runs, events, as_of), ("experiment_id", "job_id"))


def test_live_runs_are_the_running_ones_of_integrity(views: ViewStore) -> None:
    for as_of in MOMENTS[2:7:2]:
        live = views.text(f"SELECT run_id FROM {seen_from('rpt_live_runs', as_of)}")
        running = views.text(
            f"SELECT run_id FROM {seen_from('rpt_run_integrity', as_of)} "
            "WHERE state = 'running' AND superseded_by IS NULL"
        )
        assert live == running


def test_runs_with_everything_that_can_happen_equal_the_oracle(chdb_store: ChdbStore) -> None:
    """Imports that supersede each other, losses, strangers, every way to state usage."""
    sent = History(SEED).add_runs(900).sent
    events = distinct_events(sent)
    store = ViewStore(chdb_store)
    try:
        store.load_prices(book_of_the_histories())
        store.load(bodies(sent, []))
        rows = store.rows(f"SELECT * FROM {seen_from('rpt_live_runs', AS_OF)}")
        expected = live_runs(oracle_runs(events), events, AS_OF)
        assert len(expected) > 10
        assert_same(rows, expected, ("run_id",))
        rows = store.rows(f"SELECT * FROM {seen_from('rpt_burn_rate', AS_OF)}")
        expected = burn_rate(oracle_runs(events), events, AS_OF)
        assert any(row["projected_aiu"] for row in expected)
        assert_same(rows, expected, ("experiment_id", "job_id"))
    finally:
        store.close()


@pytest.fixture(scope="module")
def delivered_again(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    """JetStream delivers a message again with the same received_at and sequence."""
    store = ViewStore(chdb_store)
    store.load(redelivered(history(), SEED))
    yield store
    store.close()


@pytest.mark.parametrize("settings", SETTINGS)
def test_redelivery_and_session_change_nothing(
    views: ViewStore, delivered_again: ViewStore, settings: str
) -> None:
    for as_of in MOMENTS[3:5]:
        sql = f"SELECT * FROM {seen_from('rpt_live_runs', as_of)}"
        assert views.text(sql) == delivered_again.text(sql + SETTINGS[settings])


def test_the_history_holds_what_the_view_tells_apart(
    runs: list[OracleRun], events: list[Row]
) -> None:
    """A generator that stopped making the difficult cases would make these tests worthless."""
    rows = [row for as_of in MOMENTS for row in live_runs(runs, events, as_of)]
    assert {row["state"] for row in rows} == {"running", "stalled"}
    assert {row["eta_basis"] for row in rows} == {"task", "policy", "experiment", None}
    assert any(row["eta_n_finished"] and not row["eta_n_longer"] for row in rows)
    assert any(row["stall_threshold_seconds"] > 120 for row in rows)
    assert any(row["n_gaps"] == 0 for row in rows)
    assert any(row["started_at"] is None for row in rows)
    assert live_runs(runs, events, MOMENTS[-1]) == []
    burning = [row for as_of in MOMENTS for row in burn_rate(runs, events, as_of)]
    assert {row["projected_aiu"] is None for row in burning} == {True, False}
    assert {row["projected_begun_aiu"] is None for row in burning} == {True, False}
    assert any(row["aiu_per_minute_recent"] for row in burning)


def test_generated_lines_pass_the_judge() -> None:
    for sent in LiveHistory(7).add_runs(40).sent:
        judge_line(sent.line)

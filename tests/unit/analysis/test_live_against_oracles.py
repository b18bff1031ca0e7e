"""What a watcher knows of runs, policies, jobs and losses is what the oracles of views compute."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.support.histories import AS_OF, History
from tests.support.history_lines import START
from tests.support.live_histories import LiveHistory
from tests.support.live_states import delivered, folded, us
from tests.support.oracle import OracleRun, Row, distinct_events, oracle_runs
from tests.support.oracle_burn_rate import burn_rate
from tests.support.oracle_integrity import integrity
from tests.support.oracle_live import live_runs
from tests.support.oracle_success import policy_success

from benchwire.analysis.live.lines import Picture
from benchwire.analysis.live.picture import LOST, picture_of
from benchwire.analysis.live.state import LiveState

SEED = 20261121
# fmt: off
COUNTS = [
    "n_trials", "n_runs", "n_counted", "n_graded", "n_resolved", "n_errored", "n_incomplete",
    "n_excluded", "success_rate_graded", "success_rate_graded_low", "success_rate_graded_high",
]
OF_RUNS = [
    "experiment_id", "job_id", "policy_id", "task_id", "run_id", "trial_no", "attempt", "model",
    "state", "age_seconds", "n_events", "steps", "turns", "tool_calls", "tool_failures",
    "nano_aiu", "total_tokens", "last_event_type", "last_tool", "last_event_age_seconds",
    "stall_threshold_seconds",
]
OF_JOBS = [
    "n_policies", "n_tasks", "n_runs_running", "n_trials_done", "n_trials_running",
    "n_trials_expected",
]
# fmt: on
HISTORIES: dict[str, tuple[Callable[[int], Any], list[datetime]]] = {
    "everything": (lambda seed: History(seed).add_runs(120), [AS_OF]),
    "live": (
        lambda seed: LiveHistory(seed).add_runs(80),
        [START + timedelta(hours=hours) for hours in (-1.0, 12.0, 36.02, 48.5, 200.0)],
    ),
}


def assert_equal(row: Any, expected: Row, names: Iterable[str]) -> None:
    for name in names:
        found, wanted = getattr(row, name), expected[name]
        if isinstance(wanted, float):
            assert found == pytest.approx(wanted, abs=1e-9), (name, expected)
        else:
            assert found == wanted, (name, expected)


def assert_policies(picture: Picture, runs: list[OracleRun]) -> None:
    expected = {(row["experiment_id"], row["policy_id"]): row for row in policy_success(runs)}
    found = {(line.experiment_id, line.policy_id): line for line in picture.policies}
    assert found.keys() == expected.keys()
    for key, line in found.items():
        assert_equal(line, expected[key], COUNTS)


def assert_live(picture: Picture, expected: list[Row]) -> None:
    found = {line.run_id: line for line in picture.runs}
    assert found.keys() == {row["run_id"] for row in expected}
    for row in expected:
        assert_equal(found[row["run_id"]], row, OF_RUNS)


def assert_jobs(picture: Picture, expected: list[Row], *, with_cost: bool) -> None:
    """Those with a running run; `with_cost`: all that costs anything says so itself."""
    found = {(line.experiment_id, line.job_id): line for line in picture.jobs}
    running = {key for key, line in found.items() if line.n_runs_running}
    assert running == {(row["experiment_id"], row["job_id"]) for row in expected}
    for row in expected:
        line = found[row["experiment_id"], row["job_id"]]
        assert_equal(line, row, OF_JOBS)
        if with_cost:
            assert line.nano_aiu == row["cost_nano_aiu"]
            assert_aiu(line.projected_begun_nano_aiu, row["projected_begun_aiu"])
            assert_aiu(line.projected_nano_aiu, row["projected_aiu"])


def assert_aiu(found_nano: float | None, expected: float | None) -> None:
    assert (found_nano is None) == (expected is None)
    if found_nano is not None:
        assert found_nano / 1e9 == pytest.approx(expected, abs=1e-9)


def assert_losses(state: LiveState, picture: Picture, expected: list[Row]) -> None:
    found = {run.run_id: run.n_declared_lost for run in state.runs()}
    assert found == {row["run_id"]: row["n_declared_lost"] for row in expected}
    counted = [row["n_declared_lost"] for row in expected if row["superseded_by"] is None]
    assert picture.n_declared_lost == sum(counted) > 10
    told = {line.run_id for line in picture.failures if line.kind == LOST}
    assert told == {row["run_id"] for row in expected if row["n_declared_lost"]}


@pytest.mark.parametrize("order", ["stream", "shuffled"])
@pytest.mark.parametrize("history", HISTORIES)
def test_runs_and_policies_equal_the_oracles(history: str, order: str) -> None:
    make, moments = HISTORIES[history]
    sent = make(SEED).sent
    events = distinct_events(sent)
    runs = oracle_runs(events)
    state = folded(delivered(sent, order, SEED))
    for as_of in moments:
        picture = picture_of(state, us(as_of))
        assert_policies(picture, runs)
        assert_live(picture, live_runs(runs, events, as_of))
        is_live = history == "live"
        assert_jobs(picture, burn_rate(runs, events, as_of), with_cost=is_live)
    assert_losses(state, picture_of(state, us(AS_OF)), integrity(runs, events, AS_OF))

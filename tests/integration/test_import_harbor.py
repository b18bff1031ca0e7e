"""`benchwire import` of job trees through the whole pipeline, as a user runs it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import atif_documents as atif
from tests.support.command_line import benchwire, daemon, json_of, rows_of
from tests.support.copilot_sessions import SessionLog
from tests.support.harbor_jobs import JobTree, context

RATES = """\
SELECT n_trials, n_runs, n_graded, n_resolved, n_errored, n_incomplete, n_reward_invalid,
    success_rate_graded, success_rate_all, success_rate_strict, mean_reward
FROM rpt_success_rates
WHERE experiment_id = {experiment:String}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory whose engines run; every test brings a job of its own."""
    data_dir = tmp_path_factory.mktemp("data")
    with daemon(data_dir):
        yield data_dir


def rows(store: Path, sql: str, experiment: str) -> list[dict[str, Any]]:
    return rows_of(store, sql, experiment=experiment)


def test_three_success_rates_and_the_declared_mean_come_out(store: Path, tmp_path: Path) -> None:
    """One trial for every way in which the three rates differ, and a retry."""
    tree = JobTree(tmp_path / "rates", name="rates")
    tree.trial("solved__1", rewards={"reward": 1.0}, used=context(100, 60, 7, cost_usd=0.25))
    tree.trial("partly__1", rewards={"reward": 0.5})
    tree.trial("failed__1", rewards={"reward": 0.0}, used=context(50, None, 0))
    tree.trial("lost__1", error="VerifierTimeoutError")
    tree.trial("late__1", rewards={"reward": 1.0}, error="AgentTimeoutError")
    tree.trial("unsure__1", rewards={"reward": 1.0}, error="SandboxLikelyOutOfMemoryError")
    mean_reward = tree.mean_reward
    tree.trial("solved__0", error="ApiRateLimitError", start=-1)
    report = json_of(store, "import", str(tree.finish().folder))
    assert (report["recognised"][0]["kind"], report["stored"]) == ("harbor", True)
    assert report["total"]["outcomes"] == {"resolved": 4, "unresolved": 1, "ungraded": 2}
    (rates,) = rows(store, RATES, "rates")
    assert rates == {
        "n_trials": 6,
        "n_runs": 7,
        "n_graded": 5,
        "n_resolved": 4,
        "n_errored": 3,
        "n_incomplete": 0,
        "n_reward_invalid": 1,
        "success_rate_graded": 4 / 5,
        "success_rate_all": 4 / 6,
        "success_rate_strict": 2 / 6,
        "mean_reward": mean_reward,
    }
    spent = rows(
        store,
        """SELECT input_tokens, cache_read_tokens, output_tokens, nano_usd
        FROM rpt_token_economics WHERE experiment_id = {experiment:String}""",
        "rates",
    )
    assert spent == [
        {
            "input_tokens": 90,
            "cache_read_tokens": 60,
            "output_tokens": 7,
            "nano_usd": 250_000_000,
        }
    ]
    states = rows(
        store,
        """SELECT state, telemetry, count() AS n FROM rpt_run_integrity
        WHERE experiment_id = {experiment:String} GROUP BY state, telemetry""",
        "rates",
    )
    assert states == [{"state": "stopped", "telemetry": "complete", "n": 7}]


def test_importing_twice_changes_nothing_and_growth_replaces(store: Path, tmp_path: Path) -> None:
    summary = """SELECT run_id, task_id, trial_no, attempt, status, outcome, steps, tool_calls,
        input_tokens, output_tokens, usage_source FROM rpt_run_summary
        WHERE experiment_id = {experiment:String} ORDER BY task_id, run_id"""
    tree = JobTree(tmp_path / "grown", name="grown")
    done = tree.trial("done__1", rewards={"reward": 1.0})
    log = SessionLog("in-a-trial").start().turn(0, tools=("a", "b"))
    log.shutdown(plain=10, read=5, output=3).write(done / "agent" / "copilot-session" / "s")
    under_way = tree.trial("open__1", rewards={"reward": 0.0}, used=context(8, 2, 1))
    result = (under_way / "result.json").read_bytes()
    (under_way / "result.json").unlink()
    document = atif.trajectory(atif.user(), atif.agent(6, 2, 1, calls=("ls",)))
    atif.write(under_way / "agent" / "trajectory.json", document)
    tree.finish(finished=False, evals={}, n_completed_trials=1)
    folder = str(tree.folder)
    json_of(store, "import", "harbor", folder)
    first = rows(store, summary, "grown")
    assert [(r["task_id"], r["status"], r["steps"], r["input_tokens"]) for r in first] == [
        ("done", "ok", 1, 10),
        ("open", None, 2, 4),
    ]
    json_of(store, "import", "harbor", folder)
    assert rows(store, summary, "grown") == first
    (under_way / "result.json").write_bytes(result)
    tree.finish()
    json_of(store, "import", "harbor", folder)
    second = rows(store, summary, "grown")
    assert second[0] == first[0]
    assert [(r["task_id"], r["status"], r["outcome"], r["input_tokens"]) for r in second] == [
        ("done", "ok", "resolved", 10),
        ("open", "ok", "unresolved", 6),
    ]


def test_a_broken_trial_is_named_and_the_rest_imported(tmp_path: Path) -> None:
    tree = JobTree(tmp_path / "jobs" / "nightly")
    tree.trial("good__1", rewards={"reward": 1.0})
    broken = tree.trial("bad__1") / "result.json"
    tree.finish()
    broken.write_text('{"trial_name": "bad__1",')
    words = ("import", str(tmp_path / "jobs"), "--dry-run", "--json")
    done = benchwire(tmp_path / "data", *words, code=1)
    report = json.loads(done.stdout)
    assert [run["task_id"] for run in report["runs"]] == ["good"]
    assert f"error: {broken}: not JSON" in done.stderr.decode()
    assert not (tmp_path / "data").exists()


def test_the_kind_is_said_and_unknown_paths_name_all_kinds(tmp_path: Path) -> None:
    tree = JobTree(tmp_path / "jobs" / "nightly")
    tree.trial("a__1")
    folder, nothing = str(tree.finish().folder.parent), tmp_path / "nothing"
    nothing.mkdir()
    done = benchwire(tmp_path / "data", "import", "--dry-run", folder, str(nothing), code=1)
    said = done.stderr.decode()
    assert f"{folder}: harbor, 1 run" in said
    assert "nothing of a known kind" in said
    assert all(f"\n  {kind} " in said for kind in ("harbor", "copilot", "atif"))

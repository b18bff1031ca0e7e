"""Trials of copilot-experiments: labels, endings, totals."""

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support import experiment_results as results
from tests.support.copilot_sessions import SessionLog
from tests.support.experiment_imports import one, only, session
from tests.support.experiment_results import Known, ResultTree, random_tree
from tests.support.translations import Translation, translations

from benchwire.producer.importers.tally import TOKEN_BUCKETS

STATUSES = {"ok": "ok", "copilot_failed": "agent_failed", "harness_error": "harness_error"}
OUTCOMES = {True: "resolved", False: "unresolved", None: "ungraded"}


def test_directories_and_run_name_the_trial(tmp_path: Path) -> None:
    tree, _ = one(tmp_path)
    found = only(tree.finish())
    labels = found.run.labels
    assert (labels.experiment_id, labels.job_id) == (results.EXPERIMENT, results.RUN)
    assert (labels.policy_id, labels.task_id, labels.trial_no) == ("low", "parser", 1)
    assert found.run.source.source_id == f"{results.EXPERIMENT}/{results.RUN}/low/parser/001"
    start = found.start
    assert start.policy is not None
    assert start.task is not None
    assert (start.policy.name, start.policy.model, start.policy.trials) == ("low", "gpt-5.5", 2)
    assert (start.task.name, start.task.prompt) == ("parser", "Fix the bug.")
    assert start.task.verify == "make check"
    assert start.environment == {
        "copilot_version": "1.0.65",
        "experiment_git_base": "0123456789abcdef",
    }


@pytest.mark.parametrize("seed", range(6))
def test_every_number_equals_what_was_written(tmp_path: Path, seed: int) -> None:
    """Turns, calls, failures, tokens, cost, outcome and status of every trial of a random tree."""
    tree = random_tree(tmp_path, seed)
    found = {
        (labels.policy_id, labels.task_id, labels.trial_no): one
        for one in translations("copilot-experiments", tmp_path)
        for labels in [one.run.labels]
    }
    assert len(found) == len(tree.known)
    for known in tree.known:
        trial = found[known.variant, known.task, known.trial_no]
        assert trial.stop.status == STATUSES[known.status]
        assert trial.stop.outcome == OUTCOMES[known.success]
        used = {name: trial.tally.usage[name] for name in TOKEN_BUCKETS if name != "nano_usd"}
        assert used == (known.tokens or dict.fromkeys(used))
        counted = (trial.tally.turns, trial.tally.tool_calls, trial.tally.tool_failures)
        known_counts = (known.turns, known.tool_calls, known.tool_failures)
        assert [count or 0 for count in counted] == [count or 0 for count in known_counts]


@pytest.mark.parametrize("seed", range(3))
def test_summary_json_follows_from_our_events(tmp_path: Path, seed: int) -> None:
    """It is derived and never read: its figures come out of the runs again."""
    tree = random_tree(tmp_path, seed)
    declared = json.loads((tree.folder / "summary.json").read_text())
    (tree.folder / "summary.json").unlink()
    found = translations("copilot-experiments", tree.folder)
    statuses = Counter(trial.stop.status for trial in found)
    graded = [trial.stop.outcome == "resolved" for trial in found if trial.stop.score is not None]
    assert declared["n_trials"] == len(found)
    assert declared["n_harness_errors"] == statuses["harness_error"]
    assert declared["n_copilot_failures"] == statuses["agent_failed"]
    assert declared["n_failed_trials"] == len(found) - statuses["ok"]
    assert declared["overall_success_rate"] == float(Fraction(sum(graded), len(graded)))
    for figures in declared["variants"]:
        mine = [trial for trial in found if trial.run.labels.policy_id == figures["variant"]]
        assert {name: figures[name] for name in recomputed(mine)} == recomputed(mine)


def recomputed(trials: list[Translation]) -> dict[str, float | None]:
    tasks: dict[str, list[bool]] = {}
    totals: list[int] = []
    nano_aiu = 0
    for trial in trials:
        if trial.stop.outcome != "ungraded":
            solved = trial.stop.outcome == "resolved"
            tasks.setdefault(trial.run.labels.task_id, []).append(solved)
        if trial.stop.usage is not None:
            usage = trial.tally.usage
            totals.append(sum(usage[name] or 0 for name in TOKEN_BUCKETS[:4]))
            nano_aiu += usage["nano_aiu"] or 0
    rates = [Fraction(sum(solved), len(solved)) for solved in tasks.values()]
    n_solved = sum(sum(solved) for solved in tasks.values())
    return {
        "mean_resolved_rate": float(sum(rates) / len(rates)) if rates else None,
        "resolved_at_k_rate": sum(map(any, tasks.values())) / len(tasks) if tasks else None,
        "avg_total_tokens": round(sum(totals) / len(totals), 3) if totals else None,
        "total_aiu": round(nano_aiu / 1e9, 3) if totals else None,
        "aiu_per_solve": round(nano_aiu / 1e9 / n_solved, 3) if totals and n_solved else None,
    }


@pytest.mark.parametrize("status", sorted(STATUSES))
@pytest.mark.parametrize("success", [True, False, None])
def test_status_is_orthogonal_to_success(
    tmp_path: Path,
    status: str,
    success: bool | None,  # noqa: FBT001
) -> None:
    tree = ResultTree(tmp_path)
    tree.trial(Known("low", "parser", 1, success=success, status=status), session())
    found = only(tree.finish())
    stop = found.stop
    assert (stop.status, stop.outcome) == (STATUSES[status], OUTCOMES[success])
    assert stop.rewards == (None if success is None else {"reward": float(success)})
    assert stop.reward_valid is (None if success is None else status != "harness_error")
    assert len(found.failures) == (status != "ok")


def test_a_harness_error_names_its_exception_and_its_artifact(tmp_path: Path) -> None:
    tree = ResultTree(tmp_path)
    known = Known("low", "parser", 1, status="harness_error")
    error = "subprocess.CalledProcessError: git clone failed"
    tree.trial(known, duration_s=0.0, exit_code=-1, error=error)
    found = only(tree.finish())
    stop = found.stop
    assert (stop.status, stop.error_cause) == ("harness_error", "harness_failed")
    assert (stop.error_type, stop.error) == ("CalledProcessError", error)
    assert stop.error_artifact == "stdout.txt"
    assert "stdout.txt" in {artifact.name for artifact in stop.artifacts or ()}
    assert (stop.exit_code, stop.duration_ms, stop.agent_ms) == (None, None, None)
    (failure,) = found.failures
    assert (failure.fatal, failure.extra) == (True, {"error_artifact": "stdout.txt"})


@pytest.mark.parametrize(
    ("exit_code", "with_log", "status"),
    [(0, True, "ok"), (1, True, "agent_failed"), (0, False, "agent_failed")],
)
def test_without_a_status_the_harness_s_rule_decides(
    tmp_path: Path, exit_code: int, status: str, *, with_log: bool
) -> None:
    """copilot_failed when the exit code is not 0, or there are no events and no turns."""
    tree = ResultTree(tmp_path)
    log = session() if with_log else None
    tree.trial(Known("low", "parser", 1), log, status=None, exit_code=exit_code)
    assert only(tree.finish()).stop.status == status


def test_the_session_is_translated_as_in_harbor_trials(tmp_path: Path) -> None:
    log = SessionLog().start()
    log.record("assistant.turn_start", {"turnId": "0", "interactionId": "i-1"})
    log.chat_span(0, {"gen_ai.usage.input_tokens": 90, "gen_ai.usage.output_tokens": 9})
    log.record("assistant.message", {"messageId": "m", "content": "done", "outputTokens": 9})
    log.record("assistant.turn_end", {"turnId": "0"})
    tree = ResultTree(tmp_path)
    tree.trial(Known("low", "parser", 1), log, session_id=log.session_id)
    found = only(tree.finish())
    (step,) = found.agent_steps
    assert step.usage is not None
    assert (step.usage.input_tokens, step.usage.output_tokens, step.llm_calls) == (90, 9, 1)
    assert (found.start.session_id, found.stop.session_id) == (log.session_id, log.session_id)
    assert found.stop.usage is None
    assert (found.tally.usage["input_tokens"], found.stop.status) == (90, "ok")


def test_without_events_the_metrics_are_the_totals(tmp_path: Path) -> None:
    known = Known("low", "parser", 1, turns=3, tool_calls=5, tool_failures=2)
    known.tokens = {
        "input_tokens": 100,
        "cache_read_tokens": 2000,
        "cache_write_tokens": 30,
        "output_tokens": 40,
        "nano_aiu": 123_456_789_012,
    }
    tree = ResultTree(tmp_path)
    folder = tree.trial(known)
    share = {
        "model": "gpt-5.5",
        "requests": 3,
        "input_tokens": 2130,
        "output_tokens": 40,
        "cache_read_tokens": 2000,
        "cache_write_tokens": 30,
        "reasoning_tokens": 0,
        "aiu": 123.456789012,
    }
    results.write(folder / "analysis.json", {"economics": {"model_metrics": [share]}})
    stop = only(tree.finish()).stop
    assert stop.usage is not None
    assert stop.usage.model_dump(exclude_none=True) == {**known.tokens, "cost_source": "declared"}
    assert (stop.turns, stop.tool_errors, stop.total_tokens) == (3, 2, 2170)
    assert stop.models is not None
    (model,) = stop.models
    assert (model.model, model.requests, model.usage) == ("gpt-5.5", 3, stop.usage)


def test_metrics_of_the_first_versions_count_the_cache_inside_the_input(tmp_path: Path) -> None:
    _, folder = one(tmp_path)
    (folder / "events.jsonl").unlink()
    metrics = {"input_tokens": 500, "cache_read_tokens": 400, "output_tokens": 7}
    results.write(folder / "metrics.json", metrics)
    usage = only(folder).stop.usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (100, 400, 7)
    assert (usage.cache_write_tokens, usage.nano_aiu) == (None, None)


@pytest.mark.parametrize("with_shutdown", [False, True])
def test_the_diff_says_what_changed_where_the_session_does_not(
    tmp_path: Path, *, with_shutdown: bool
) -> None:
    log = SessionLog().start().turn(0)
    tree = ResultTree(tmp_path)
    folder = tree.trial(Known("low", "parser", 1), log.shutdown() if with_shutdown else log)
    (folder / "workspace.diff").write_text(
        "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n"
    )
    stop = only(folder).stop
    said = (stop.files_modified_names, stop.lines_added, stop.lines_removed)
    assert said == ((("/a.py",), 3, 1) if with_shutdown else (("x.py",), 2, 1))
    (folder / "workspace.diff").write_text("")
    assert only(folder).stop.files_modified == with_shutdown

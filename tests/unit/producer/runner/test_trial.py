"""One attempt of one trial: what it runs, what it records, and what is left of it."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.support.trials import TrialBench

from benchwire.producer.runner.workspace import Changes, Workspace

SOLVE = "cat > prompt.txt; echo fixed >> a.txt"
SHORT = {"agent_seconds": 0.4}


@pytest.fixture
def bench(tmp_path: Path) -> TrialBench:
    made = TrialBench(tmp_path)
    made.fixture(a_txt="broken\n")
    return made


def test_a_silent_agent_still_has_run_times_diff_and_verdict(bench: TrialBench) -> None:
    tried = bench.run({"command": SOLVE}, fixture="fixture", verify="grep -q fixed a.txt")
    start, stop, report = tried.start, tried.stop, tried.report
    assert (report.status, report.outcome, report.score, report.error) == (
        "ok",
        "resolved",
        1.0,
        None,
    )
    assert start["task"]["prompt"] == "Fix it."
    assert start["agent"] == {"name": "v", "adapter": "command"}
    assert (start["trial_no"], start["attempt"]) == (1, 1)
    assert start["git_base"]
    assert stop["files_modified_names"] == ["a.txt", "prompt.txt"]
    assert (stop["lines_added"], stop["lines_removed"]) == (2, 0)
    assert stop["exit_code"] == 0
    assert 0 < stop["agent_ms"] < stop["duration_ms"]
    assert {entry["emitter"] for entry in stop["emitters"]} == {"runner", "verifier"}
    (verdict,) = tried.payloads("verdict", "verifier")
    assert (verdict["outcome"], verdict["grader"]) == ("resolved", "verify-command")
    assert "usage" not in stop
    assert report.meter.tokens is None


def test_what_is_kept_is_listed_and_the_workspace_is_gone(bench: TrialBench) -> None:
    tried = bench.run(
        {"command": "echo hello; " + SOLVE},
        fixture="fixture",
        setup=["echo ready"],
        verify="echo checked",
    )
    names = {artifact["name"] for artifact in tried.stop["artifacts"]}
    assert names == {
        "agent/output.txt",
        "agent/prompt.md",
        "artifacts/workspace.diff",
        "setup/output.txt",
        "trial.json",
        "verifier/test-stdout.txt",
    }
    assert tried.artifact("agent/output.txt") == "hello\n"
    assert tried.artifact("setup/output.txt") == "$ echo ready\nready\n"
    assert "+fixed" in tried.artifact("artifacts/workspace.diff")
    document = json.loads(tried.artifact("trial.json"))
    assert (document["run_id"], document["outcome"]) == (tried.report.run_id, "resolved")
    assert not list(bench.workspaces_dir.iterdir())


def test_a_kept_workspace_stays_without_the_runners_files(bench: TrialBench) -> None:
    tried = bench.run({"command": SOLVE}, fixture="fixture", keep=True)
    folder = bench.workspaces_dir / tried.report.run_id
    assert (folder / "workspace" / "a.txt").read_text() == "broken\nfixed\n"
    assert not (folder / "private").exists()


@pytest.mark.parametrize(
    ("variant", "seen"),
    [
        ({"command": "cat; echo; echo $#"}, "Fix it.\n0\n"),
        (
            {"command": "cat; echo $1-$2", "prompt_via": "argument", "extra_args": ["x"]},
            "Fix it.-x",
        ),
        ({"command": ["sh", "-c", "echo $0-$1", "x"], "prompt_via": "argument"}, "x-Fix it."),
    ],
)
def test_the_prompt_comes_on_stdin_or_as_argument(
    bench: TrialBench, variant: dict[str, Any], seen: str
) -> None:
    assert bench.run(variant).artifact("agent/output.txt").strip() == seen.strip()


def test_the_agent_is_told_which_trial_it_is(bench: TrialBench, monkeypatch: Any) -> None:
    monkeypatch.setenv("BENCHWIRE_NATS_URL", "nats://user:password-of-ours@host")
    words = "$BENCHWIRE_POLICY_ID $BENCHWIRE_TRIAL_NO $BENCHWIRE_RUN_ID $BENCHWIRE_NATS_URL $X"
    tried = bench.run({"command": f"echo {words}", "env": {"X": "mine"}})
    assert tried.artifact("agent/output.txt") == f"v 1 {tried.report.run_id} mine\n"


def emits(*lines: str) -> str:
    return "; ".join(f"printf '%s\\n' '{line}' >> $BENCHWIRE_EVENTS" for line in lines)


STEP = '{"event_type":"step","step_id":"s1","data":{"kind":"act","usage":{"output_tokens":5}}}'


def test_events_an_agent_appends_are_the_runs(bench: TrialBench) -> None:
    call = '{"event_type":"tool_call","data":{"name":"bash","failed":true}}'
    tried = bench.run({"command": emits(STEP, call)})
    assert tried.payloads("step", "agent") == [{"kind": "act", "usage": {"output_tokens": 5}}]
    meter = tried.report.meter
    assert (meter.steps, meter.tool_calls, meter.tool_failures, meter.tokens) == (1, 1, 1, 5)
    assert tried.artifact("agent/events.ndjson") == f"{STEP}\n{call}\n"


def test_an_event_is_recorded_while_the_agent_still_works(bench: TrialBench) -> None:
    steps: list[int] = []

    def watch() -> None:
        until = time.monotonic() + 20
        while bench.meter.read().steps == 0 and time.monotonic() < until:
            time.sleep(0.02)
        steps.append(bench.meter.read().steps)
        bench.cancel.ask("command", "seen enough")

    threading.Thread(target=watch).start()
    tried = bench.run({"command": emits(STEP) + "; sleep 60"})
    assert steps == [1]
    assert tried.report.status == "cancelled"


def test_what_the_agent_says_it_used_is_the_total(bench: TrialBench) -> None:
    said: dict[str, Any] = {"usage": {"input_tokens": 70, "output_tokens": 7}, "turns": 3}
    said.update(status="cancelled", outcome="resolved")
    totals = {"event_type": "run_stop", "data": said}
    tried = bench.run({"command": emits(STEP, json.dumps(totals))})
    assert tried.stop["usage"] == {"input_tokens": 70, "output_tokens": 7}
    assert tried.stop["turns"] == 3
    assert (tried.stop["status"], tried.stop["outcome"]) == ("ok", "ungraded")
    assert tried.report.meter.tokens == 77


def test_lines_that_cannot_be_taken_are_declared_lost_and_the_trial_goes_on(
    bench: TrialBench,
) -> None:
    tried = bench.run(
        {
            "command": emits(
                "not json",
                '{"event_type":"step","data":{"kind":"nonsense"}}',
                '{"event_type":"verdict","data":{"grader":"me","outcome":"resolved"}}',
                '{"event_type":"step","task_id":"other","data":{"kind":"act"}}',
                '{"event_type":"step","emitter":"verifier","data":{"kind":"act"}}',
                STEP,
            )
            + "; printf '{\"cut' >> $BENCHWIRE_EVENTS"
        }
    )
    assert tried.report.status == "ok"
    assert len(tried.payloads("step")) == 1
    losses = tried.payloads("telemetry_loss", "agent")
    lost = {r["first_seq"] for loss in losses for r in loss["ranges"]}
    assert len(lost) >= 1
    assert {loss["reason"] for loss in losses} == {"invalid"}
    meter = tried.report.meter
    assert meter.events_lost == 6
    assert meter.first_loss is not None
    assert meter.first_loss.startswith("line 1 of the agent's events: ")
    refused = tried.artifact("agent/events-refused.txt").splitlines()
    assert [line.split(":")[0] for line in refused] == [f"line {n}" for n in (1, 2, 3, 4, 5, 7)]
    assert "the verifier grades the run" in refused[2]
    assert tried.stop["warnings"] == 6


@pytest.mark.parametrize(
    ("command", "root"),
    [
        (
            "echo oh no; exit 3",
            {"kind": "harness", "component": "agent", "error_type": "exit_code_3"},
        ),
        (
            "python3 -c 'import no_such_module'",
            {"kind": "import", "missing_module": "no_such_module"},
        ),
    ],
)
def test_an_agent_that_fails_is_told_apart_from_what_it_achieved(
    bench: TrialBench, command: str, root: dict[str, str]
) -> None:
    tried = bench.run({"command": f"echo fixed > a.txt; {command}"}, verify="grep -q fixed a.txt")
    assert (tried.report.status, tried.report.outcome) == ("agent_failed", "resolved")
    assert tried.stop["error_type"] == "nonzero_exit"
    (failure,) = tried.payloads("failure", "runner")
    assert root.items() <= failure["root"].items()
    assert failure["fatal"] is True


def test_an_agent_that_kills_its_guard_has_failed_in_an_unknown_way(bench: TrialBench) -> None:
    tried = bench.run({"command": "kill -9 $PPID; sleep 5"}, verify="true")
    assert (tried.report.status, tried.report.outcome) == ("agent_failed", "resolved")
    assert tried.report.error == "the agent ended in an unknown way, and printed nothing"
    assert "exit_code" not in tried.stop


def test_a_missing_agent_is_the_harness_error_it_is(bench: TrialBench) -> None:
    tried = bench.run({"command": ["no-such-agent"]}, verify="true")
    assert (tried.report.status, tried.report.outcome) == ("harness_error", "ungraded")
    assert tried.report.error is not None
    assert tried.report.error.startswith("cannot start no-such-agent: No such file or directory")
    assert tried.stop["error_cause"] == "harness_failed"


def test_an_agent_that_takes_too_long_is_judged_by_what_it_left(bench: TrialBench) -> None:
    tried = bench.run(
        {"command": "echo fixed > a.txt; sleep 60"}, timeouts=SHORT, verify="grep -q fixed a.txt"
    )
    assert (tried.report.status, tried.report.outcome) == ("timed_out", "resolved")
    assert tried.stop["error_cause"] == "agent_exhausted_budget"
    assert tried.stop["reward_valid"] is True
    assert tried.stop["files_modified_names"] == ["a.txt"]


def test_a_cancelled_trial_says_why_and_is_not_judged(bench: TrialBench) -> None:
    threading.Timer(0.5, lambda: bench.cancel.ask("budget", "10 AIU of 10 used")).start()
    tried = bench.run({"command": "echo x > a.txt; sleep 60"}, verify="true")
    assert (tried.report.status, tried.report.outcome) == ("cancelled", "ungraded")
    assert tried.stop["error"] == tried.stop["early_stop_reason"] == "10 AIU of 10 used"
    assert tried.stop["error_type"] == "cancelled_by_budget"
    assert tried.stop["files_modified"] == 1
    assert tried.payloads("verdict") == []


def cancel_after_the_agent(bench: TrialBench, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = Workspace.changes

    def cancelled_meanwhile(workspace: Workspace) -> Changes:
        bench.cancel.ask("budget", "used up")
        return changes(workspace)

    monkeypatch.setattr(Workspace, "changes", cancelled_meanwhile)


@pytest.mark.parametrize("agent", ["exit 0", "exit 3"])
def test_a_trial_cancelled_before_its_verdict_is_cancelled(
    bench: TrialBench, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    """Any other status would be final, and nobody would ever verify what the agent did."""
    cancel_after_the_agent(bench, monkeypatch)
    tried = bench.run({"command": agent}, verify="true")
    assert (tried.report.status, tried.report.outcome) == ("cancelled", "ungraded")
    assert tried.stop["error"] == "used up"
    assert tried.stop["exit_code"] == int(agent[-1])


def test_a_trial_without_a_verdict_to_come_ends_as_its_agent_did(
    bench: TrialBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel_after_the_agent(bench, monkeypatch)
    assert bench.run({"command": "true"}).report.status == "ok"


def test_an_agent_that_deletes_its_workspace_is_judged_by_what_is_left(bench: TrialBench) -> None:
    tried = bench.run(
        {"command": 'rm -rf "$BENCHWIRE_WORKSPACE"'}, fixture="fixture", verify="test -f a.txt"
    )
    assert (tried.report.status, tried.report.outcome) == ("ok", "unresolved")
    assert tried.stop["lines_removed"] == 1


def test_a_trial_cancelled_before_its_agent_never_starts_it(bench: TrialBench) -> None:
    bench.cancel.ask("interrupt", "interrupted")
    tried = bench.run({"command": "echo started"}, setup=["echo set up"])
    assert tried.report.status == "cancelled"
    assert not (tried.report.artifacts_dir / "agent").exists()


def test_a_setup_command_that_fails_ends_the_trial(bench: TrialBench) -> None:
    tried = bench.run(
        {"command": "echo started"}, setup=["true", "echo no compiler; exit 2", "echo never"]
    )
    assert (tried.report.status, tried.report.error_type) == ("harness_error", "SetupCommandError")
    (failure,) = tried.payloads("failure")
    assert failure["root"] == {
        "kind": "build",
        "error_type": "exit_code_2",
        "command": "echo no compiler; exit 2",
    }
    assert tried.stop["error_cause"] == "sandbox_failed"
    assert tried.stop["error_artifact"] == "setup/output.txt"
    assert "never" not in tried.artifact("setup/output.txt").splitlines()
    assert not (tried.report.artifacts_dir / "agent").exists()


def test_setup_that_takes_too_long_is_a_harness_error(bench: TrialBench) -> None:
    tried = bench.run({"command": "true"}, setup=["sleep 60"], timeouts={"setup_seconds": 0.5})
    assert (tried.report.status, tried.report.error_type) == ("harness_error", "SetupTimeoutError")


@pytest.mark.parametrize("task", [{"fixture": "nowhere"}, {"repo": "nowhere"}])
def test_a_workspace_that_cannot_be_made_is_still_a_run(
    bench: TrialBench, task: dict[str, str]
) -> None:
    tried = bench.run({"command": "true"}, fixture=task.get("fixture"), repo=task.get("repo"))
    assert (tried.report.status, tried.report.error_type) == ("harness_error", "WorkspaceFailed")
    assert tried.stop["error_cause"] == "sandbox_failed"
    assert "nowhere" in tried.stop["error"]


def test_a_reward_file_decides_and_not_the_exit_code(bench: TrialBench) -> None:
    tried = bench.run({"command": "true"}, verify="echo 0.5 > r.txt; exit 1", reward_file="r.txt")
    assert (tried.report.outcome, tried.report.score) == ("resolved", 0.5)
    assert tried.stop["rewards"] == {"reward": 0.5}
    assert tried.payloads("verdict")[0]["grader"] == "reward-file"
    assert tried.artifact("verifier/reward.txt") == "0.5"


@pytest.mark.parametrize(
    ("written", "error_type"),
    [("true", "RewardFileNotFoundError"), ("sleep 60", "VerifierTimeoutError")],
)
def test_a_verifier_without_a_verdict_leaves_the_run_ungraded(
    bench: TrialBench, written: str, error_type: str
) -> None:
    tried = bench.run(
        {"command": "echo 1 > reward.txt"},
        verify=written,
        reward_file="reward.txt",
        timeouts={"verify_seconds": 0.4},
    )
    assert (tried.report.status, tried.report.outcome) == ("harness_error", "ungraded")
    assert (tried.report.error_type, tried.stop["error_cause"]) == (error_type, "verifier_failed")
    (failure,) = tried.payloads("failure")
    assert failure["root"]["component"] == "verifier"


def test_an_agent_cannot_hand_in_its_own_reward(bench: TrialBench) -> None:
    tried = bench.run(
        {"command": "echo 1 > reward.txt; ln -s /etc/hostname reward.json"},
        verify="echo 0 > reward.txt",
        reward_file="reward.txt",
    )
    assert tried.report.outcome == "unresolved"


def test_without_verify_and_reward_the_run_is_ungraded(bench: TrialBench) -> None:
    tried = bench.run({"command": "true"})
    assert (tried.report.status, tried.report.outcome) == ("ok", "ungraded")
    assert tried.payloads("verdict") == []


def test_the_scripted_agent_does_the_same_for_the_same_seed(bench: TrialBench) -> None:
    variant = {"adapter": "scripted", "extra_args": ["echo fixed >> a.txt", "exit 4"]}
    first, again = (
        bench.run(variant, fixture="fixture", verify="grep -q fixed a.txt") for _ in range(2)
    )
    assert first.report.outcome == again.report.outcome == "resolved"
    assert first.stop["usage"] == again.stop["usage"]
    assert first.stop["files_modified_names"] == ["SCRIPTED.md", "a.txt"]
    names = [call["name"] for call in first.payloads("tool_call", "agent")]
    assert names == ["list_files", "read_file", "bash", "bash", "write_file"]
    assert [call.get("nonzero_exit") for call in first.payloads("tool_call")][2:4] == [False, True]
    steps = first.payloads("step")
    assert first.stop["usage"]["output_tokens"] == sum(s["usage"]["output_tokens"] for s in steps)
    assert first.report.meter.nano_aiu == first.stop["usage"]["nano_aiu"]


def test_policies_with_the_same_settings_have_the_same_configuration(bench: TrialBench) -> None:
    one, other, third = (
        bench.run({"command": "true", **more}).events[0]["cfg_hash"]
        for more in ({"name": "a"}, {"name": "b", "trials": 1}, {"model": "m"})
    )
    assert one == other
    assert one != third

"""Trials of Harbor and Pier: rewards, failures, times, settings."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.harbor_imports import only
from tests.support.harbor_jobs import START, JobTree, exception, local, utc
from tests.support.translations import translations

from benchwire.producer.importers.errors import Unreadable
from benchwire.producer.importers.harbor.failures import status_of
from benchwire.schemas.verdict import Verdict


@pytest.mark.parametrize(
    ("rewards", "outcome", "score"),
    [
        ({"reward": 1.0}, "resolved", 1.0),
        ({"reward": 0}, "unresolved", 0.0),
        ({"reward": 0.3}, "resolved", 0.3),
        ({"reward": 0.0, "f2p": 1.0}, "unresolved", 0.0),
        ({"f2p": 0.0, "p2p": 1.0}, "resolved", None),
        ({"f2p": 0.0, "p2p": 0.0}, "unresolved", None),
        ({"accuracy": 0.5}, "resolved", 0.5),
        ({"reward": True}, "resolved", 1.0),
        (None, "ungraded", None),
        ({}, "ungraded", None),
    ],
)
def test_rewards_decide_the_outcome(
    tmp_path: Path, rewards: dict[str, float] | None, outcome: str, score: float | None
) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", rewards=rewards)
    stop = only(tree.finish()).stop
    assert (stop.outcome, stop.score, stop.rewards) == (outcome, score, rewards or None)
    assert stop.reward_valid is (True if rewards else None)


@pytest.mark.parametrize(
    ("error", "status", "cause", "valid"),
    [
        ("AgentTimeoutError", "timed_out", "agent_exhausted_budget", True),
        ("ContextLengthExceededError", "agent_failed", "agent_exhausted_budget", True),
        ("AgentSafetyRefusalError", "agent_failed", "agent_refused_task", True),
        ("NonZeroAgentExitCodeError", "agent_failed", "unclassified", False),
        ("VerifierTimeoutError", "harness_error", "verifier_failed", False),
        ("EnvironmentStartTimeoutError", "harness_error", "sandbox_failed", False),
        ("ApiRateLimitError", "harness_error", "model_provider_failed", False),
        ("MissingExtraError", "harness_error", "harness_failed", False),
        ("CancelledError", "cancelled", "cancelled", False),
        ("SomethingNewError", "harness_error", "unclassified", False),
    ],
)
def test_exceptions_say_whose_fault_it_was(
    tmp_path: Path,
    error: str,
    status: str,
    cause: str,
    valid: bool,  # noqa: FBT001
) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", rewards={"reward": 1.0}, error=error)
    found = only(tree)
    stop, (failure,) = found.stop, found.failures
    assert (stop.status, stop.error_type, stop.error_cause) == (status, error, cause)
    assert (stop.outcome, stop.reward_valid) == ("resolved", valid)
    assert (failure.error_type, failure.fatal) == (error, True)
    assert failure.message == f"{error} happened"


def test_an_exception_without_a_reward_is_ungraded(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", error="AgentTimeoutError")
    stop = only(tree).stop
    assert (stop.outcome, stop.reward_valid, stop.rewards) == ("ungraded", None, None)


def test_a_local_time_never_becomes_an_instant(tmp_path: Path) -> None:
    """Pier notes exceptions by the clock on the wall, Harbor 0.25 in UTC."""
    tree = JobTree(tmp_path)
    tree.trial("a__1", error="AgentTimeoutError")
    found = only(tree.finish())
    assert {event.ts[:13] for event in found.events} == {"2026-01-29T05"}
    extra = found.failures[0].extra
    assert extra == {"occurred_at_local": "2026-01-29T00:05:00"}
    at = exception("AgentTimeoutError", START) | {"occurred_at": utc(START)}
    tree.trial("a__1", start=0, exception_info=at)
    found = only(tree)
    (event,) = [event for event in found.events if event.event_type == "failure"]
    assert event.ts == utc(START)
    assert found.failures[0].extra is None


def test_times_come_from_the_trial(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", rewards={"reward": 1})
    found = only(tree.finish())
    assert (found.events[0].ts, found.events[-1].ts) == (
        "2026-01-29T05:00:00.000000Z",
        "2026-01-29T05:05:00.000000Z",
    )
    stop = found.stop
    assert (stop.duration_ms, stop.setup_ms, stop.agent_ms, stop.verify_ms) == (
        300_000,
        60_000,
        30_000,
        30_000,
    )
    (verdict,) = [e.payload for e in found.events if isinstance(e.payload, Verdict)]
    assert verdict.graded_at == "2026-01-29T05:03:30.000000Z"
    assert (verdict.outcome, verdict.score) == ("resolved", 1.0)


def test_tests_of_the_verifier_are_named(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", rewards={"reward": 0.0})
    tests = [{"name": "t1", "status": "passed"}, {"name": "t2", "status": "failed"}]
    summary = {"tests": 3, "passed": 1, "failed": 1, "skipped": 1}
    report = {"results": {"summary": summary, "tests": tests}}
    tree.write(folder / "verifier" / "ctrf.json", report)
    tests_seen = only(tree).stop.tests
    assert tests_seen is not None
    assert (tests_seen.passed, tests_seen.failed, tests_seen.skipped) == (1, 1, 1)
    assert (tests_seen.passed_names, tests_seen.failed_names) == (("t1",), ("t2",))


@pytest.mark.parametrize(
    ("files", "rewards"),
    [
        ({"reward.txt": "0.5\n"}, {"reward": 0.5}),
        ({"reward.json": '{"reward": 1, "f2p": 0.5}'}, {"reward": 1, "f2p": 0.5}),
        ({"reward.txt": "0", "reward.json": '{"reward": 1}'}, {"reward": 0}),
        ({"reward.txt": "", "reward.json": '{"reward": 1}'}, {"reward": 1}),
        ({"reward.txt": ""}, None),
    ],
)
def test_rewards_left_as_files_stand_in_for_a_missing_result(
    tmp_path: Path, files: dict[str, str], rewards: dict[str, float] | None
) -> None:
    folder = tmp_path / "job" / "a__1" / "verifier"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    (found,) = translations("harbor", tmp_path)
    assert found.stop.rewards == rewards
    assert not found.noticed


def test_a_reward_the_harness_did_not_take_is_not_ours(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", error="VerifierTimeoutError")
    (folder / "verifier").mkdir()
    (folder / "verifier" / "reward.txt").write_text("1")
    assert only(tree).stop.outcome == "ungraded"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("AgentTimeoutError", "resolved"),
        ("NonZeroAgentExitCodeError", "resolved"),
        ("VerifierTimeoutError", "ungraded"),
        ("CancelledError", "ungraded"),
    ],
)
def test_an_agent_that_failed_was_still_graded(tmp_path: Path, error: str, outcome: str) -> None:
    """Without a result only the files tell: the harness grades after the agent's own end."""
    folder = tmp_path / "job" / "a__1"
    (folder / "verifier").mkdir(parents=True)
    (folder / "verifier" / "reward.txt").write_text("1")
    (folder / "exception.txt").write_text(f"harbor.errors.{error}: it ended")
    (found,) = translations("harbor", tmp_path)
    assert (found.stop.error_type, found.stop.outcome) == (error, outcome)


def test_a_trial_without_a_result_tells_its_exception(tmp_path: Path) -> None:
    folder = tmp_path / "job" / "a__1"
    folder.mkdir(parents=True)
    text = "Traceback (most recent call last):\n  …\nharbor.trial.errors.AgentTimeoutError: slow"
    (folder / "exception.txt").write_text(text)
    (found,) = translations("harbor", tmp_path)
    assert (found.stop.status, found.stop.error_type) == ("timed_out", "AgentTimeoutError")
    assert found.failures[0].message == "slow"


def test_settings_may_hold_what_json_has_no_form_for(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    path = tree.trial("a__1", settings={"odd": "\ud800", "huge": 1}) / "result.json"
    path.write_text(path.read_text().replace('"huge": 1', '"huge": 1e999'))
    config = only(tree).start.config
    assert config is not None
    assert config["agent"]["kwargs"] == {"odd": "\ufffd", "huge": None}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"agent_result": 5, "trial_name": "a__1"}'])
def test_a_broken_result_is_named(tmp_path: Path, text: str) -> None:
    tree = JobTree(tmp_path)
    path = tree.trial("a__1") / "result.json"
    tree.finish()
    path.write_text(text)
    with pytest.raises(Unreadable, match=r"a__1.result\.json: "):
        only(tree)


def test_settings_are_documents_without_secrets_places_and_numbers(tmp_path: Path) -> None:
    hashes = set[tuple[str | None, str | None]]()
    for number, multiplier in enumerate((1.0, 1.0, 2.0)):
        settings: dict[str, Any] = {
            "reasoning_effort": "high",
            "api_key": "not for the record",
        }
        tree = JobTree(tmp_path / str(number), job_id=str(number))
        tree.config["timeout_multiplier"] = multiplier
        tree.trial(f"task-{number}__x", settings=settings)
        found = only(tree.finish().lock())
        hashes.add((found.run.cfg_hash, found.run.env_hash))
        assert (found.start.policy and found.start.policy.reasoning_effort) == "high"
        assert found.start.environment == {
            "agent_version": "2.1.19",
            "harness": "pier",
            "harness_version": "0.3.1",
            "sandbox": "docker",
        }
    assert len(hashes) == 2
    assert len({env for _, env in hashes}) == 1


def test_old_layouts_have_the_same_settings(tmp_path: Path) -> None:
    for name, old in (("old", True), ("new", False)):
        tree = JobTree(tmp_path / name)
        tree.trial("a__1")
        tree.finish(old=old)
    one, other = translations("harbor", tmp_path)
    assert one.run.cfg_hash == other.run.cfg_hash is not None


def test_every_exception_has_a_status() -> None:
    assert status_of(None) == "ok"
    assert {status_of(name) for name in ("KeyboardInterrupt", "x", "AgentTimeoutError")} == {
        "cancelled",
        "harness_error",
        "timed_out",
    }


def test_documents_are_as_the_generator_says() -> None:
    """The generator's own traps: a wall clock five hours off, and no zone beside it."""
    assert local(START) == "2026-01-29T00:00:00"
    assert json.dumps(utc(START)) == '"2026-01-29T05:00:00.000000Z"'

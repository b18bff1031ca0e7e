"""Histories of OpenHands in all their forms: labels, actions, endings, reports."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.openhands_imports import one, used
from tests.support.openhands_outputs import FORMS, MODEL, PATCH, Form, Instance, Used
from tests.support.recordings import RECORDINGS
from tests.support.translations import translations

REAL = RECORDINGS.parent / "openhands" / "resolver_mock_output" / "output.jsonl"


def test_labels_come_from_the_metadata(tmp_path: Path) -> None:
    instance = Instance()
    instance.user()
    instance.answer(0)
    found = one(tmp_path, instance.line(resolved=True))
    labels = found.run.labels
    assert labels.experiment_id == "princeton-nlp/SWE-bench_Verified"
    assert labels.job_id == "sonnet_maxiter_100_N_v0.40.0"
    assert (labels.policy_id, labels.task_id) == (f"CodeActAgent/{MODEL}", "repo__project-1")
    assert (labels.trial_no, labels.attempt) == (1, 1)
    assert found.start.config == {
        "agent": "CodeActAgent",
        "model": MODEL,
        "llm": {"model": MODEL, "temperature": 0.0},
        "max_iterations": 100,
    }
    stop = found.stop
    assert (stop.files_modified_names, stop.lines_added, stop.lines_removed) == (("x.py",), 2, 1)
    assert stop.duration_ms == 4_000


def test_an_action_and_its_observation_carry_the_same_response(tmp_path: Path) -> None:
    instance = Instance()
    instance.answer(0, 1, used=Used(7, 5, 3, 2))  # one answer, two actions, two observations
    found = one(tmp_path, instance.line())
    (step,) = found.agent_steps
    assert used(step.usage) == Used(7, 5, 3, 2)
    assert (found.stop.turns, len(found.calls), step.response_id) == (1, 2, "response-0")
    assert {call.turn for call in found.calls} == {0}


@pytest.mark.parametrize("form", FORMS)
def test_histories_of_every_form_say_the_same(tmp_path: Path, form: Form) -> None:
    instance = Instance(form=form)
    instance.user()
    instance.noise()
    for code in (0, 2, None):
        instance.answer(code)
    instance.answer(say="All done.")
    found = one(tmp_path, instance.line())
    seen = (found.tally.turns, found.tally.tool_calls, found.tally.tool_failures)
    assert seen == (4, 3, 1)
    assert [call.exit_code for call in found.calls] == [0, 2, None]
    assert [call.nonzero_exit for call in found.calls] == [False, True, None]
    assert [step.kind for step in found.steps] == ["user", *["agent"] * 4]
    assert found.calls[0].arguments == {"command": "make 0"}
    assert found.steps[-1].content == "All done."
    assert found.start.task is not None
    assert found.start.task.prompt == "Mend it."


def test_older_items_have_no_ids_and_the_exit_code_at_top_level(tmp_path: Path) -> None:
    history = [
        {"action": "run", "command": "ls", "thought": "See."},
        {"observation": "run", "content": "x", "command": "ls", "command_id": -1, "exit_code": 127},
    ]
    (call,) = one(tmp_path, Instance().line(history=history)).calls
    assert (call.name, call.exit_code, call.nonzero_exit) == ("run", 127, True)


def test_an_unsuccessful_command_and_a_failed_call_are_two_things(tmp_path: Path) -> None:
    history: list[dict[str, Any]] = []
    for number, name in enumerate(("run", "edit")):
        asked = {"id": 2 * number, "source": "agent", "action": name, "args": {"path": "x"}}
        seen = {"observation": name, "content": "x", "extras": {"exit_code": 1 - number}}
        history += [asked, {"id": 2 * number + 1, "cause": 2 * number, "success": False, **seen}]
    command, edit = one(tmp_path, Instance().line(history=history)).calls
    assert (command.failed, command.nonzero_exit) == (False, True)
    assert (edit.failed, edit.nonzero_exit) == (True, False)


def test_a_command_that_has_not_ended_has_no_exit_code(tmp_path: Path) -> None:
    instance = Instance()
    instance.answer(-1)
    (call,) = one(tmp_path, instance.line()).calls
    assert (call.exit_code, call.nonzero_exit, call.failed) == (None, None, False)


def test_an_error_that_belongs_to_no_call_is_a_failure(tmp_path: Path) -> None:
    instance = Instance()
    instance.answer(0)
    error = {"id": 9, "source": "environment", "observation": "error", "content": "No function."}
    found = one(tmp_path, instance.line(history=[*instance.history, {**error, "cause": 77}]))
    (failure,) = found.failures
    assert (failure.message, failure.fatal, found.stop.status) == ("No function.", False, "ok")


@pytest.mark.parametrize(
    ("error", "status", "cause"),
    [
        ("AgentStuckInLoopError: Agent got stuck in a loop", "agent_failed", "unclassified"),
        (
            "RuntimeError: Agent reached maximum iteration. Current iteration: 100",
            "agent_failed",
            "agent_exhausted_budget",
        ),
        ("litellm.RateLimitError: 429", "harness_error", "model_provider_failed"),
        ("Timeout after 1800 seconds", "timed_out", "unclassified"),
        ("ValueError: who knows", "harness_error", "unclassified"),
    ],
)
def test_an_error_is_the_status_and_not_the_outcome(
    tmp_path: Path, error: str, status: str, cause: str
) -> None:
    found = one(tmp_path, Instance().line(error=error, resolved=True))
    assert (found.stop.status, found.stop.error_cause) == (status, cause)
    assert (found.stop.outcome, found.failures[-1].message) == ("resolved", error)


def test_an_instance_that_never_began_has_a_null_for_its_history(tmp_path: Path) -> None:
    found = one(tmp_path, Instance().line(history=None, metrics=None, error="Timeout after 9 s"))
    assert (found.steps, found.stop.status, found.stop.usage) == ([], "timed_out", None)
    assert not found.noticed


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"test_result": {"report": {"resolved": True}}}, "resolved"),
        ({"test_result": {"report": {"resolved": False}}}, "unresolved"),
        ({"test_result": {}, "report": {"resolved": True}}, "resolved"),
        ({"resolved": False}, "unresolved"),
        ({"resolved": None}, "ungraded"),
        ({"test_result": {"result": True}}, "resolved"),
        ({"test_result": {"result": "a text"}}, "ungraded"),
        ({"test_result": {"result": {"resolved": 1}}}, "resolved"),
        ({"test_result": {"result": {"resolved": 0}}}, "unresolved"),
        ({"test_result": {"result": {}}}, "ungraded"),
        (
            {"test_result": {"result": {"resolved": 0}}, "fine_grained_report": {"resolved": True}},
            "resolved",
        ),
        ({"test_result": {"exit_code": 0, "test_cases": ""}}, "resolved"),
        ({"test_result": {"exit_code": 1}}, "unresolved"),
        ({"success": True}, "ungraded"),
    ],
)
def test_the_report_says_what_was_resolved(
    tmp_path: Path, changed: dict[str, Any], outcome: str
) -> None:
    stop = one(tmp_path, Instance().line(**changed)).stop
    assert (stop.outcome, stop.score is None) == (outcome, outcome == "ungraded")


@pytest.mark.parametrize(("success", "outcome"), [(True, "resolved"), (None, "ungraded")])
def test_a_resolver_says_success(tmp_path: Path, *, success: bool | None, outcome: str) -> None:
    instance = Instance(form="oldest")
    instance.user()
    instance.answer(0)
    row = {
        "issue": {"owner": "o", "repo": "r", "number": 5, "title": "t", "body": "b"},
        "issue_type": "issue",
        "instruction": "Mend it.",
        "base_commit": "abc",
        "git_patch": PATCH,
        "history": instance.history,
        # Some versions wrote the text of a Python object.
        "metrics": str({"accumulated_cost": 1.152933, "costs": [1.0, 0.152933]}),
        "success": success,
        "comment_success": None,
    }
    found = one(tmp_path / "mock", row)
    assert (found.stop.outcome, found.stop.files_modified) == (outcome, 1)
    assert (found.run.labels.task_id, found.run.labels.experiment_id) == (
        "o/r#5",
        "openhands-resolver",
    )
    assert found.stop.usage is not None
    assert (found.stop.usage.nano_usd, found.stop.usage.input_tokens) == (1_152_933_000, None)
    assert found.stop.requests == 2


@pytest.mark.skipif(not REAL.is_file(), reason="the recordings are not here")
def test_real_outputs_of_a_resolver() -> None:
    first, second = translations("openhands", REAL)
    assert [one.stop.outcome for one in (first, second)] == ["resolved", "resolved"]
    assert [one.stop.usage and one.stop.usage.nano_usd for one in (first, second)] == [
        70_713_000,
        1_152_933_000,
    ]
    # 8 and 44 events: a message, actions with their observations, and the end.
    assert [(one.tally.turns, one.tally.tool_calls) for one in (first, second)] == [
        (4, 3),
        (22, 21),
    ]
    assert (first.stop.requests, second.stop.requests) == (4, 22)

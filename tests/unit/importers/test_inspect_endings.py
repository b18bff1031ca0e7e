"""How Inspect samples are told and end: limits, errors, retries, times."""

from pathlib import Path

import pytest
from tests.support import inspect_logs as logs
from tests.support.inspect_samples import Document, buckets, imported

from benchwire.schemas.context import ContextDecision


def test_only_what_is_new_to_the_model_is_told(tmp_path: Path) -> None:
    system, first = {"role": "system", "content": "s"}, {"role": "user", "content": "1"}
    answer, second = {"role": "assistant", "content": "a"}, {"role": "user", "content": "2"}
    plain = [
        logs.model(asked=[system, first]),
        logs.model(asked=[system, first, answer, second]),
        logs.model(asked=[system, first, answer, second]),
    ]
    pooled = [
        {**logs.model(asked=[]), "input_refs": refs}
        for refs in ([[0, 2]], [[0, 4]], [[0, 2], [2, 4]])
    ]
    pool = {"messages": [system, first, answer, second], "calls": [{"x": 1}]}
    for one in (logs.sample(events=plain), logs.sample(events=pooled, events_data=pool)):
        found = imported(tmp_path, one)
        assert [step.kind for step in found.steps] == [
            "system",
            "user",
            "agent",
            "user",
            "agent",
            "agent",
        ]


def test_redacted_reasoning_is_not_kept(tmp_path: Path) -> None:
    parts = [
        {"type": "reasoning", "reasoning": "OPAQUE", "redacted": True, "summary": "in short"},
        {"type": "reasoning", "reasoning": "I think"},
        {"type": "text", "text": "so"},
    ]
    (step,) = imported(tmp_path, logs.sample(events=[logs.model(text=parts)])).agent_steps  # type: ignore[arg-type]
    assert (step.content, step.reasoning) == ("so", "in short\nI think")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("time", "timed_out"), ("working", "timed_out"), ("message", "ok"), ("token", "ok"),
     ("cost", "ok"), ("context", "ok"), ("custom", "ok"), ("operator", "cancelled")],
)  # fmt: skip
def test_a_limit_stops_early_and_leaves_the_score(tmp_path: Path, kind: str, status: str) -> None:
    found = imported(tmp_path, logs.sample(limit={"type": kind, "limit": 30.0}))
    assert (found.stop.status, found.stop.outcome) == (status, "resolved")
    assert (found.stop.early_stopped, found.stop.early_stop_reason) == (True, f"{kind} limit 30")
    assert found.stop.error is None


@pytest.mark.parametrize(
    ("message", "status", "cause"),
    [
        ("RuntimeError('boom')", "harness_error", "unclassified"),
        ("RateLimitError('429')", "harness_error", "model_provider_failed"),
        ("CancelledError()", "cancelled", "cancelled"),
        ("SandboxConnectionError('gone')", "harness_error", "sandbox_failed"),
        ("LimitExceededError('tokens')", "agent_failed", "agent_exhausted_budget"),
    ],
)
def test_an_error_ends_a_sample_with_a_failure(
    tmp_path: Path, message: str, status: str, cause: str
) -> None:
    error = {"message": message, "traceback": "…", "traceback_ansi": ""}
    found = imported(tmp_path, logs.sample(error=error, scores={}))
    assert (found.stop.status, found.stop.error_cause, found.stop.outcome) == (
        status,
        cause,
        "ungraded",
    )
    assert [(one.message, one.fatal) for one in found.failures] == [(message, True)]


def test_the_class_of_an_error_stands_at_the_end_of_its_traceback() -> None:
    from benchwire.producer.importers.inspect import failures  # noqa: PLC0415

    traceback = (
        "Traceback:\n  File x\n    | a.b.ConnectError: no\n    +---\nopenai.BadRequestError: 400\n"
    )
    assert (
        failures.type_of({"message": "it went wrong", "traceback": traceback}) == "BadRequestError"
    )
    assert failures.type_of({"message": "it went wrong"}) == "unknown"


def test_a_sample_scored_in_spite_of_its_error_has_no_valid_reward(tmp_path: Path) -> None:
    found = imported(tmp_path, logs.sample(error={"message": "ValueError('x')"}))
    assert (found.stop.outcome, found.stop.reward_valid) == ("resolved", False)


def test_retried_errors_make_later_attempts(tmp_path: Path) -> None:
    retries = [{"message": "OSError('1')"}, {"message": "OSError('2')"}]
    found = imported(tmp_path, logs.sample(error_retries=retries))
    assert found.run.labels.attempt == 3
    assert [one.fatal for one in found.failures] == [False, False]
    assert found.stop.status == "ok"


def test_a_compaction_is_a_decision_on_the_context(tmp_path: Path) -> None:
    said = {"event": "compaction", "type": "trim", "tokens_before": 90, "tokens_after": 30}
    found = imported(tmp_path, logs.sample(events=[logs.model(), said]))
    (decision,) = [one.payload for one in found.events if isinstance(one.payload, ContextDecision)]
    assert (decision.kind, decision.tokens_before, decision.tokens_after) == ("truncation", 90, 30)
    assert found.stop.compactions == 1


def test_events_of_unknown_types_are_counted(tmp_path: Path) -> None:
    found = imported(tmp_path, logs.sample(events=[{"event": "telepathy"}, {"event": "info"}, {}]))
    assert dict(found.run.unknown_types) == {"telepathy": 1, "None": 1}


def test_without_events_the_conversation_is_told(tmp_path: Path) -> None:
    call = {"id": "x", "function": "bash", "arguments": {"cmd": "ls"}}
    lost: Document = {"id": "y", "function": "bash", "arguments": {}}
    failed = {"type": "timeout", "message": "slow"}
    messages = [
        {"role": "user", "content": "Do it."},
        {"role": "assistant", "content": "like this", "source": "input"},
        {"role": "assistant", "content": "", "tool_calls": [call, lost], "source": "generate"},
        {"role": "tool", "tool_call_id": "x", "function": "bash", "content": "a", "error": failed},
        {"role": "tool", "tool_call_id": "z", "function": "python", "content": "b"},
        {"role": "assistant", "content": "done", "source": "generate"},
    ]
    output = {"model": logs.MODEL, "usage": logs.usage(50, 5)}
    found = imported(tmp_path, logs.sample(messages=messages, output=output))
    assert [(one.kind, one.turn) for one in found.steps] == [
        ("user", None), ("agent", None), ("agent", 0), ("agent", 1),
    ]  # fmt: skip
    assert [(one.name, one.failed, one.error_code) for one in found.calls] == [
        ("bash", True, "timeout"), ("python", False, None), ("bash", None, None),
    ]  # fmt: skip
    assert buckets(found) == (None, None, None, None)  # the output tells of the last call only


def test_the_only_answer_has_the_usage_of_the_output(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]
    output = {"model": "gpt-4", "usage": logs.old_usage(50, 5, read=20)}
    found = imported(tmp_path, logs.sample(messages=messages, output=output))
    assert buckets(found) == (50, 20, None, 5)
    assert found.agent_steps[0].model == "gpt-4"


def test_times_are_of_the_sample(tmp_path: Path) -> None:
    one = logs.sample(
        started_at="2026-03-01T12:00:00+02:00",
        completed_at="2026-03-01T10:00:40+00:00",
        total_time=40.0,
        working_time=3.5,
        events=logs.span("solvers", "solvers", [logs.model()]),
    )
    found = imported(tmp_path, one)
    assert found.events[0].ts == "2026-03-01T10:00:00.000000Z"
    assert found.events[-1].ts == "2026-03-01T10:00:40.000000Z"
    assert (found.stop.duration_ms, found.stop.agent_ms) == (40_000.0, 50_000.0)

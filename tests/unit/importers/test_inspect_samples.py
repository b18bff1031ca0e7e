"""Samples of Inspect logs: what each says of its calls and tokens."""

from pathlib import Path

import pytest
from tests.support import inspect_logs as logs
from tests.support.inspect_samples import Document, buckets, imported


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (logs.usage(100, 9, read=40, written=7), (100, 40, 7, 9)),
        (logs.old_usage(100, 9, read=40, written=7), (100, 40, 7, 9)),
        (logs.old_usage(0, 9, read=40), (0, 40, None, 9)),
        (logs.usage(5, 9, read=5), (5, 5, None, 9)),
        (logs.usage(5, 9), (5, None, None, 9)),
        (
            {**logs.old_usage(60, 9, read=40), "total_tokens": 112, "reasoning_tokens": 3},
            (60, 40, None, 9),
        ),
        (
            {**logs.usage(60, 9, read=40), "total_tokens": 112, "reasoning_tokens": 3},
            (60, 40, None, 9),
        ),
        ({**logs.usage(60, 9, read=3), "reasoning_tokens": 3}, (60, 3, None, 9)),
        ({"input_tokens": 60, "output_tokens": 9, "input_tokens_cache_read": 4}, (60, 4, None, 9)),
        (
            {
                "input_tokens": 8,
                "output_tokens": 1,
                "total_tokens": 9,
                "input_tokens_cache_read": 50,
            },
            (8, 50, None, 1),
        ),
    ],
    ids=[
        "today",
        "old",
        "old-all-cached",
        "cached-as-many",
        "uncached",
        "old-reasoning-beside",
        "reasoning-beside",
        "as-much-reasoning-as-cached",
        "without-total",
        "more-cached-than-input",
    ],
)
def test_each_record_tells_by_its_total_whether_input_contains_cached_tokens(
    tmp_path: Path, used: Document, expected: tuple[int | None, ...]
) -> None:
    found = imported(tmp_path, logs.sample(model_usage={logs.MODEL: used}))
    assert buckets(found) == expected


def test_records_of_both_semantics_stand_in_one_sample(tmp_path: Path) -> None:
    used = {"a/new": logs.usage(10, 1, read=5), "b/old": logs.old_usage(20, 2, read=7)}
    found = imported(tmp_path, logs.sample(model_usage=used))
    assert buckets(found) == (30, 12, None, 3)
    shares = {one.model: one.usage for one in found.stop.models or ()}
    assert [(one.input_tokens if one else None) for one in shares.values()] == [10, 20]
    assert found.stop.total_tokens == 16 + 29


def test_calls_of_a_scorers_model_are_apart(tmp_path: Path) -> None:
    """The sample's usage contains them, the turns do not; spans, or the steps of old logs, tell."""
    agent, grader = logs.model(logs.usage(10, 1)), logs.model(logs.usage(70, 7), text="GRADE: C")
    spans = [*logs.span("solvers", "solvers", [agent])]
    spans += logs.span("qa", "scorer", [grader, logs.scored("C")], parent="scorers")
    step = {"event": "step", "name": "qa", "type": "scorer", "timestamp": logs.at(3)}
    steps = [agent, {**step, "action": "begin"}, grader, {**step, "action": "end"}]
    for events in (spans, steps):
        found = imported(tmp_path, logs.sample(events=events))
        assert found.tally.turns == 1
        assert buckets(found) == (80, None, None, 8)
        (graded,) = [one for one in found.steps if one.agent_id == "scorer"]
        assert (graded.agent_name, graded.turn, graded.content) == ("qa", None, "GRADE: C")


def test_usage_in_the_header_is_not_the_samples(tmp_path: Path) -> None:
    stats = {"started_at": logs.at(0), "model_usage": {logs.MODEL: logs.usage(999, 99)}}
    found = imported(tmp_path, logs.sample(model_usage={logs.MODEL: logs.usage(9, 1)}), stats=stats)
    assert buckets(found) == (9, None, None, 1)


def test_an_answer_from_inspects_cache_has_spent_nothing(tmp_path: Path) -> None:
    events = [
        logs.model(logs.usage(10, 1), cache="write"),
        logs.model(logs.usage(10, 1), cache="read"),
    ]
    found = imported(tmp_path, logs.sample(events=events))
    assert buckets(found) == (10, None, None, 1)
    assert [one.llm_calls for one in found.agent_steps] == [1, 0]


def test_a_call_that_failed_is_a_step_with_its_error(tmp_path: Path) -> None:
    broken = logs.model(None, text="", error="RateLimitError()", retries=3)
    (step,) = imported(tmp_path, logs.sample(events=[broken])).agent_steps
    assert (step.error, step.usage, step.extra) == ("RateLimitError()", None, {"retries": 3})


def test_working_time_leaves_out_the_waiting(tmp_path: Path) -> None:
    events = [logs.model(calls=["x"]), logs.tool("x", working_time=0.01)]
    found = imported(tmp_path, logs.sample(events=events))
    assert (found.agent_steps[0].duration_ms, found.agent_steps[0].api_time_ms) == (500.0, 250.0)
    assert found.calls[0].latency_ms == 125.0


@pytest.mark.parametrize(
    ("error", "kind"),
    [(None, "ok"), ("timeout", "timeout"), ("parsing", "user_error"), ("approval", "user_error"),
     ("limit", "system_error"), ("permission", "deterministic"), ("unknown", "deterministic")],
)  # fmt: skip
def test_a_tool_error_of_any_type_is_a_failed_call(
    tmp_path: Path, error: str | None, kind: str
) -> None:
    (call,) = imported(tmp_path, logs.sample(events=[logs.tool("x", error=error)])).calls
    assert (call.failed, call.error_code, call.exit_kind) == (error is not None, error, kind)
    assert call.result == "x done"


def test_a_command_that_ran_alone_gives_its_exit_code(tmp_path: Path) -> None:
    def ran(code: int) -> Document:
        return {"event": "sandbox", "action": "exec", "result": code, "timestamp": logs.at(2)}

    begin, end = logs.span("s1", "tool", [], parent="solvers")
    alone = [begin, logs.tool("x", span_id="solvers"), {**ran(2), "span_id": "s1"}, end]
    assert imported(tmp_path, logs.sample(events=alone)).calls[0].exit_code == 2
    several = [*alone, {**ran(0), "span_id": "s1"}]
    assert imported(tmp_path, logs.sample(events=several)).calls[0].exit_code is None


def test_the_decision_of_an_approver_stands_with_the_call(tmp_path: Path) -> None:
    decision = {"event": "approval", "call": {"id": "x"}, "approver": "human", "decision": "reject"}
    events = [decision, logs.tool("x", error="approval")]
    (call,) = imported(tmp_path, logs.sample(events=events)).calls
    assert call.extra == {"approval": {"approver": "human", "decision": "reject"}}


def test_calls_inside_the_events_of_old_tools_and_subtasks_count(tmp_path: Path) -> None:
    inner = logs.model(logs.usage(5, 5))
    handed = logs.tool("x", events=[logs.tool("y"), inner])
    subtask = {
        "event": "subtask",
        "name": "s",
        "input": [],
        "timestamp": logs.at(4),
        "events": [inner],
    }
    found = imported(tmp_path, logs.sample(events=[handed, subtask]))
    assert (found.tally.turns, found.tally.tool_calls) == (2, 2)
    assert buckets(found) == (10, None, None, 10)


def test_an_agent_inside_a_tool_is_named(tmp_path: Path) -> None:
    helper = logs.span("helper", "agent", [logs.model(text="sub")], parent="t1")
    handed = [logs.tool("x", agent="helper"), *helper]
    events = logs.span(
        "main", "agent", [logs.model(text="main"), *logs.span("t1", "tool", handed, parent="main")]
    )
    found = imported(tmp_path, logs.sample(events=events))
    assert [(one.agent_name, one.agent_id) for one in found.agent_steps] == [
        (None, None),
        ("helper", "helper"),
    ]


def test_references_are_resolved_in_texts_arguments_and_results(tmp_path: Path) -> None:
    """``attachment://`` of today and ``tc://`` of 2024; media are named, not kept."""
    asked = [{"role": "system", "content": "tc://s"}, {"role": "user", "content": "attachment://u"}]
    answer = [
        {"type": "text", "text": "attachment://a"},
        {"type": "image", "image": "attachment://i"},
    ]
    call = logs.tool("x", arguments={"cmd": "attachment://c"}, result="attachment://r")
    events = [logs.model(text=answer, asked=asked), call]  # type: ignore[arg-type]
    texts = {
        "s": "be good",
        "u": "please",
        "a": "a" * 200,
        "i": "data:image/png;base64,AA",
        "c": "ls",
        "r": "files",
    }
    found = imported(tmp_path, logs.sample(events=events, attachments=texts))
    assert [one.content for one in found.steps] == ["be good", "please", "a" * 200 + "\n[image]"]
    assert (found.calls[0].arguments, found.calls[0].result) == ({"cmd": "ls"}, "files")


def test_the_oldest_logs_keep_events_and_texts_in_a_transcript(tmp_path: Path) -> None:
    content = {"t": "from the transcript"}
    transcript = {"events": [logs.model(logs.usage(3, 4), text="tc://t")], "content": content}
    found = imported(tmp_path, logs.sample(transcript=transcript))
    assert found.agent_steps[0].content == "from the transcript"
    assert buckets(found) == (3, None, None, 4)

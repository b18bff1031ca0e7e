"""What becomes of a trace: its turns, agents and tools, and how it ended."""

import json
from pathlib import Path

import pytest
from tests.support.otel_imports import imported
from tests.support.otel_traces import TraceMaker, usage


def test_turns_are_calls_with_the_tools_that_follow_them(tmp_path: Path) -> None:
    maker = TraceMaker()
    agent = maker.agent()
    first = maker.chat(agent)
    maker.tool(agent, "a")
    maker.tool(agent, "b")
    second = maker.chat(agent)
    maker.tool(second, "c")
    maker.spans.reverse()  # children before parents, as spans end
    found = imported(tmp_path, maker)
    assert [step.turn for step in found.steps] == [0, 1]
    assert [(call.tool_call_id, call.turn) for call in found.calls] == [
        ("a", 0),
        ("b", 0),
        ("c", 1),
    ]
    of_tools = [event.step_id for event in found.events if event.event_type == "tool_call"]
    assert of_tools == [first.span_id, first.span_id, second.span_id]
    assert [call.latency_ms for call in found.calls] == [10.0, 10.0, 10.0]


def test_sub_agents_have_turns_of_their_own(tmp_path: Path) -> None:
    maker = TraceMaker()
    workflow = maker.span(None, {"openinference.span.kind": "AGENT"}, name="workflow")
    main = maker.agent(workflow, gen_ai__agent__id="m")
    asking = maker.chat(main)
    helper = maker.agent(maker.tool(main), gen_ai__agent__id="h", gen_ai__agent__name="helper")
    maker.chat(helper)
    maker.tool(helper, "inner")
    maker.chat(main)
    maker.chat(maker.agent(workflow, gen_ai__agent__id="m"))
    found = imported(tmp_path, maker)
    assert [(step.agent_id, step.turn) for step in found.steps] == [
        (None, 0),
        ("h", 0),
        (None, 1),
        (None, 2),
    ]
    assert found.steps[1].parent_step_id == asking.span_id
    assert [(call.agent_name, call.turn) for call in found.calls] == [(None, 0), ("helper", 0)]
    assert found.stop.turns == 4
    assert found.start.agent is not None
    assert found.start.agent.name == "main"


def test_two_spans_of_one_tool_call_count_once(tmp_path: Path) -> None:
    maker = TraceMaker()
    call = maker.tool(None, "c-1")
    maker.span(call, {"mcp.method.name": "tools/call", "gen_ai.tool.name": "shell"})
    maker.tool(maker.span(call, {}), "c-2")  # a tool that calls another
    found = imported(tmp_path, maker)
    assert [one.tool_call_id for one in found.calls] == ["c-1", "c-2"]


@pytest.mark.parametrize(
    ("attributes", "name", "expected"),
    [
        ({"gen_ai.operation.name": "execute_tool"}, "execute_tool ls", "ls"),
        ({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ls"}, "x", "ls"),
        ({"traceloop.span.kind": "tool", "traceloop.entity.name": "ls"}, "ls.tool", "ls"),
        ({"openinference.span.kind": "TOOL", "tool.name": "ls"}, "x", "ls"),
        ({"langsmith.span.kind": "tool"}, "mcp__fs__ls", "mcp__fs__ls"),
        ({"gen_ai.tool.call.id": "c-1"}, "tool.Ls", "Ls"),
        ({"mcp.method.name": "tools/call"}, "tools/call ls", "ls"),
        ({"langfuse.observation.type": "tool"}, "", "unknown"),
    ],
)
def test_tools_are_known_by_many_names(
    tmp_path: Path, attributes: dict[str, str], name: str, expected: str
) -> None:
    maker = TraceMaker()
    maker.span(None, attributes, name=name)
    assert [call.name for call in imported(tmp_path, maker).calls] == [expected]


def test_arguments_may_stand_in_the_answer_alone(tmp_path: Path) -> None:
    maker = TraceMaker()
    parts = [{"type": "tool_call", "id": "c-1", "name": "shell", "arguments": {"cmd": "ls"}}]
    maker.chat(None, gen_ai__output__messages=json.dumps([{"role": "assistant", "parts": parts}]))
    maker.tool(None, "c-1")
    maker.tool(None, "c-2")
    assert [call.arguments for call in imported(tmp_path, maker).calls] == [{"cmd": "ls"}, None]


def test_an_error_is_a_failure_once_where_it_began(tmp_path: Path) -> None:
    maker = TraceMaker()
    thrown = {
        "exception.type": "RateLimitError",
        "exception.message": "429",
        "exception.stacktrace": "at x",
    }
    root = maker.agent(None)
    root.status, root.message = 2, "gave up"
    chat = maker.chat(maker.span(root, {}, status=2), status=2, events=[("exception", thrown)])
    maker.span(chat, {"http.method": "POST"}, status=2)
    found = imported(tmp_path, maker)
    (failure,) = found.failures
    assert (failure.message, failure.error_type, failure.traceback) == (
        "429",
        "RateLimitError",
        "at x",
    )
    assert (failure.root.kind, failure.turn, failure.fatal) == ("harness", 0, True)
    stop = found.stop
    assert (stop.status, stop.error, stop.error_cause) == (
        "agent_failed",
        "gave up",
        "model_provider_failed",
    )
    assert found.steps[0].error == "429"


def test_an_error_of_a_tool_is_the_tools(tmp_path: Path) -> None:
    maker = TraceMaker()
    root = maker.agent()
    maker.chat(root)
    maker.tool(root, "a", status=2, message="no such file")
    maker.tool(root, "b").attributes["error.type"] = "TimeoutError"
    found = imported(tmp_path, maker)
    assert [(call.failed, call.error, call.exit_kind) for call in found.calls] == [
        (True, "no such file", None),
        (True, "TimeoutError", "timeout"),
    ]
    assert (found.failures, found.stop.status, found.stop.tool_errors) == ([], "ok", 2)


@pytest.mark.parametrize(
    ("error_type", "status"),
    [
        ("asyncio.exceptions.CancelledError", "cancelled"),
        ("KeyboardInterrupt", "cancelled"),
        ("TimeoutError", "timed_out"),
        ("timeout", "timed_out"),
        ("ValueError", "agent_failed"),
        (None, "agent_failed"),
    ],
)
def test_the_root_span_says_how_the_run_ended(
    tmp_path: Path, error_type: str | None, status: str
) -> None:
    maker = TraceMaker()
    root = maker.agent()
    root.status = 2
    if error_type:
        root.attributes["error.type"] = error_type
    maker.chat(root)
    assert imported(tmp_path, maker).stop.status == status


def test_of_several_roots_the_last_to_end_says_how_it_went(tmp_path: Path) -> None:
    """The first call failed, its parent was never exported, and the second try went well."""
    maker = TraceMaker()
    maker.chat(None, status=2)
    maker.spans[0].parent_id = "feedfeedfeedfeed"
    maker.chat(None, **usage(5, 1))
    found = imported(tmp_path, maker)
    assert (found.stop.status, found.tally.failures, found.tally.steps) == ("ok", 1, 2)
    assert found.stop.duration_ms == 11.0


def test_circles_of_parents_are_cut(tmp_path: Path) -> None:
    maker = TraceMaker()
    one, other = maker.agent(), maker.agent()
    one.parent_id, other.parent_id = other.span_id, one.span_id
    maker.chat(other, **usage(5, 1)).parent_id = maker.spans[1].span_id
    alone = maker.chat(None, **usage(5, 1))
    alone.parent_id = alone.span_id
    assert imported(tmp_path, maker).tally.usage["input_tokens"] == 10

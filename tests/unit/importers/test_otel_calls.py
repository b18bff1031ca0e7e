"""Each model call of a trace counts once, however many spans repeat it."""

from pathlib import Path

import pytest
from tests.support import otel_traces as made
from tests.support.otel_imports import imported, langfuse
from tests.support.otel_traces import TraceMaker, usage


def test_counting_an_agent_together_with_its_chat_spans_would_double_everything(
    tmp_path: Path,
) -> None:
    maker = TraceMaker()
    agent = maker.agent(**usage(30, 3), github__copilot__nano_aiu=30)
    for _ in range(3):
        maker.chat(agent, **usage(10, 1), github__copilot__nano_aiu=10.0)
    found = imported(tmp_path, maker)
    used = found.tally.usage
    assert (used["input_tokens"], used["output_tokens"], used["nano_aiu"]) == (30, 3, 30)
    assert (found.tally.steps, found.stop.turns, found.stop.requests) == (3, 3, 3)
    assert found.stop.usage is None


def test_the_totals_of_agents_count_where_no_call_says_anything(tmp_path: Path) -> None:
    maker = TraceMaker()
    outer = maker.agent(**usage(30, 3))
    maker.chat(maker.agent(outer, **usage(20, 2)))
    found = imported(tmp_path, maker)
    assert found.stop.usage is not None
    assert (found.stop.usage.input_tokens, found.tally.usage["output_tokens"]) == (30, 3)


def test_the_total_that_calls_declare_is_kept_whatever_it_contains(tmp_path: Path) -> None:
    maker = TraceMaker()
    agent = maker.agent(**usage(30, 3, total_tokens=33))
    maker.chat(agent, **usage(5, 845, total_tokens=2023))  # as Vertex counts thoughts
    maker.chat(agent, **usage(7, 1, total_tokens=8))
    found = imported(tmp_path, maker)
    assert found.stop.total_tokens == 2031
    assert (found.tally.usage["input_tokens"], found.tally.usage["output_tokens"]) == (12, 846)


def test_where_a_call_declares_no_total_there_is_none_of_the_run(tmp_path: Path) -> None:
    maker = TraceMaker()
    agent = maker.agent()
    maker.chat(agent, **usage(5, 4, total_tokens=9))
    maker.chat(agent, **usage(7, 1))
    assert imported(tmp_path, maker).stop.total_tokens is None


def test_a_call_that_says_nothing_leaves_the_total_of_the_others(tmp_path: Path) -> None:
    maker = TraceMaker()
    agent = maker.agent()
    maker.chat(agent, **usage(5, 4, total_tokens=9))
    maker.chat(agent)
    assert imported(tmp_path, maker).stop.total_tokens == 9


def test_nested_generations_of_the_vercel_ai_sdk_count_once(tmp_path: Path) -> None:
    maker = TraceMaker()
    said = {"ai.model.id": "gpt-5", "ai.model.provider": "openai.responses"}
    outer = maker.span(None, {**said, "ai.operationId": "ai.generateText"}, name="ai.generateText")
    for _ in range(2):
        inner = {**said, "ai.operationId": "ai.generateText.doGenerate"}
        maker.span(outer, {**inner, "ai.usage.promptTokens": 62, "ai.usage.completionTokens": 85})
    call = {
        "ai.toolCall.name": "weather",
        "ai.toolCall.id": "c-1",
        "ai.toolCall.args": '{"at": "SF"}',
    }
    maker.span(outer, {"ai.operationId": "ai.toolCall", **call, "ai.toolCall.result": '"sunny"'})
    typed = [
        made.observation(
            span,
            type="TOOL" if "ai.toolCall.id" in span.attributes else "GENERATION",
            usageDetails={"input": 14, "output": 43, "total": 57} if span is outer else {},
        )
        for span in maker.spans
    ]
    found = langfuse(tmp_path, made.langfuse(maker.spans, typed))
    assert (found.tally.steps, found.tally.usage["input_tokens"]) == (2, 124)
    (tool,) = found.calls
    assert (tool.name, tool.tool_call_id, tool.arguments) == ("weather", "c-1", {"at": "SF"})
    assert tool.result == '"sunny"'


def test_an_outer_generation_counts_if_the_inner_one_says_nothing(tmp_path: Path) -> None:
    maker = TraceMaker()
    outer = maker.span(None, {"openinference.span.kind": "LLM", "llm.token_count.prompt": 5})
    maker.chat(maker.span(outer, {"http.method": "POST"}))
    found = imported(tmp_path, maker)
    assert (found.tally.steps, found.tally.usage["input_tokens"]) == (1, 5)
    assert [event.step_id for event in found.events if event.event_type == "step"] == [
        outer.span_id
    ]


def test_calls_of_a_tool_inside_a_call_are_calls_of_their_own(tmp_path: Path) -> None:
    """The Google ADK runs tools, and with them agents, inside the span of the call."""
    maker = TraceMaker()
    said = {"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "g"}
    main = maker.agent()
    outer = maker.span(main, {**said, "gen_ai.usage.input_tokens": 39}, name="call_llm")
    helper = maker.agent(maker.tool(outer), gen_ai__agent__name="helper")
    maker.span(helper, {**said, "gen_ai.usage.input_tokens": 28}, name="call_llm")
    found = imported(tmp_path, maker)
    assert (found.tally.steps, found.tally.usage["input_tokens"]) == (2, 67)
    assert [step.agent_name for step in found.steps] == [None, "helper"]
    assert found.steps[1].parent_step_id == outer.span_id


def test_a_span_that_repeats_the_usage_of_its_agents_counts_for_nothing(tmp_path: Path) -> None:
    maker = TraceMaker()
    crew = maker.span(None, {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 20})
    for name in ("a", "b"):
        maker.chat(maker.agent(crew, gen_ai__agent__name=name), **usage(10, 1))
    assert imported(tmp_path, maker).tally.usage["input_tokens"] == 20


@pytest.mark.parametrize(
    "kind",
    [
        {"gen_ai.operation.name": "text_completion"},
        {"gen_ai.operation.name": "CHAT"},
        {"traceloop.span.kind": "unknown", "llm.request.type": "chat"},
        {"langfuse.observation.type": "generation"},
        {"openinference.span.kind": "llm"},
        {"gen_ai.request.model": "m"},
        {"llm.model_name": "m"},
    ],
)
def test_model_calls_are_known_by_many_names(tmp_path: Path, kind: dict[str, str]) -> None:
    maker = TraceMaker()
    maker.span(None, {**kind, "gen_ai.usage.input_tokens": 5})
    found = imported(tmp_path, maker)
    assert (found.tally.steps, found.tally.turns, found.tally.usage["input_tokens"]) == (1, 1, 5)


@pytest.mark.parametrize("kind", ["CHAIN", "RETRIEVER", "RERANKER", "GUARDRAIL", "EVALUATOR"])
def test_other_spans_are_nothing_whatever_usage_they_repeat(tmp_path: Path, kind: str) -> None:
    maker = TraceMaker()
    chain = maker.span(None, {"openinference.span.kind": kind, "llm.token_count.prompt": 99})
    maker.chat(chain, **usage(5, 1))
    found = imported(tmp_path, maker)
    assert (found.tally.steps, found.tally.usage["input_tokens"]) == (1, 5)


def test_embeddings_cost_but_are_no_turns(tmp_path: Path) -> None:
    maker = TraceMaker()
    maker.chat(None, **usage(5, 1))
    maker.span(None, {"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 7})
    found = imported(tmp_path, maker)
    assert (found.tally.steps, found.tally.turns, found.tally.usage["input_tokens"]) == (2, 1, 12)
    assert (found.steps[1].kind, found.steps[1].action_type) == ("act", "embeddings")

"""What becomes of the records of a Copilot session: order, calls, spans."""

from collections.abc import Callable

from tests.support.copilot_sessions import SESSION_ID, SessionLog
from tests.support.translations import Translation

from benchwire.schemas.usage import Usage

Translate = Callable[[SessionLog], Translation]


def test_events_come_in_log_order_with_the_log_s_times(translation: Translate) -> None:
    log = SessionLog().start().record("user.message", {"content": "Do it."})
    found = translation(log.turn(0, tools=("a",)).shutdown())
    assert [(event.event_type, event.step_id) for event in found.events] == [
        ("run_start", None),
        ("step", "user-0"),
        ("step", "turn-0"),
        ("tool_call", "turn-0"),
        ("run_stop", None),
    ]
    assert found.events[0].ts == "2026-06-01T12:00:00.100000Z"
    assert found.events[-1].ts == "2026-06-01T12:00:00.800000Z"
    assert found.stop.duration_ms == 800
    assert found.agent_steps[0].duration_ms == 400


def test_the_header_describes_the_run(translation: Translate) -> None:
    log = SessionLog().start(
        reasoningEffort="high",
        context={"cwd": "/w/shop", "repository": "me/shop", "branch": "main", "headCommit": "abc"},
    )
    start = translation(log.record("user.message", {"content": "Do it."}).shutdown()).start
    assert start.agent is not None
    assert (start.agent.name, start.agent.version) == ("copilot-cli", "1.0.65")
    assert start.model == "gpt-5.5"
    assert start.policy is not None
    assert start.policy.reasoning_effort == "high"
    assert start.task is not None
    assert (start.task.prompt, start.task.repo, start.task.ref) == ("Do it.", "me/shop", "main")
    assert start.git_base == "abc"
    assert start.session_id == SESSION_ID
    assert start.started_at == "2026-06-01T12:00:00.000000Z"
    assert start.config == {"agent": "copilot-cli", "model": "gpt-5.5", "reasoning_effort": "high"}
    assert start.environment == {"copilot_version": "1.0.65"}
    assert start.host is None


def test_opaque_fields_are_not_stored(translation: Translate) -> None:
    log = SessionLog().start().record("assistant.turn_start", {"turnId": "0"})
    secrets = {"reasoningOpaque": "OPAQUE", "encryptedContent": "OPAQUE", "apiCallId": "OPAQUE"}
    log.record("assistant.message", {"content": "hi", "reasoningText": "because", **secrets})
    log.chat_span(0, {"gen_ai.response.id": "OPAQUE" * 100})
    found = translation(log.shutdown())
    assert "OPAQUE" not in "".join(event.payload.model_dump_json() for event in found.events)
    assert found.agent_steps[0].reasoning == "because"


def test_chat_spans_are_joined_by_request_then_by_turn(translation: Translate) -> None:
    """Turn numbers start again with every interaction; request ids never do."""
    log = SessionLog().start()
    log.turn(0, interaction_id="i-1").chat_span(0, {"gen_ai.usage.output_tokens": 1})
    log.turn(0, interaction_id="i-2")
    log.chat_span(0, {"gen_ai.usage.output_tokens": 2}, interaction_id="i-2")
    log.record("assistant.turn_start", {"turnId": "0", "interactionId": "i-3"})
    log.record("assistant.message", {"content": "", "serviceRequestId": "r-9"})
    log.chat_span(
        7,
        {"github.copilot.service_request_id": "r-9", "gen_ai.usage.output_tokens": 3},
        interaction_id="elsewhere",
    )
    found = translation(log.shutdown())
    assert [step.usage and step.usage.output_tokens for step in found.agent_steps] == [1, 2, 3]
    assert [step.llm_calls for step in found.agent_steps] == [1, 1, 1]


def test_retried_calls_of_a_turn_count_together(translation: Translate) -> None:
    log = (
        SessionLog().start().record("assistant.turn_start", {"turnId": "0", "interactionId": "i-1"})
    )
    log.chat_span(0, {"gen_ai.usage.output_tokens": 1})
    log.chat_span(0, {"gen_ai.usage.output_tokens": 2})
    found = translation(log.record("assistant.message", {"content": "x"}).shutdown())
    assert found.agent_steps[0].usage == Usage(output_tokens=3)
    assert found.agent_steps[0].llm_calls == 2


def test_a_call_of_no_turn_is_a_step_of_its_own(translation: Translate) -> None:
    log = SessionLog().start().turn(0).chat_span(5, interaction_id="compaction")
    log.spans[0]["attributes"]["gen_ai.usage.output_tokens"] = 44
    found = translation(log)
    assert [(s.turn, s.usage and s.usage.output_tokens) for s in found.agent_steps] == [
        (0, 10),
        (None, 44),
    ]


def test_spans_of_other_sessions_are_left_out(translation: Translate) -> None:
    log = SessionLog().start().turn(0).chat_span(0, {"gen_ai.usage.output_tokens": 1})
    foreign = {"gen_ai.conversation.id": "another", "gen_ai.usage.output_tokens": 500}
    log.chat_span(0, foreign)
    log.spans[-1]["traceId"] = "ffffffffffffffffffffffffffffffff"
    sub_agent = {"gen_ai.conversation.id": "a sub-agent's", "gen_ai.usage.output_tokens": 3}
    log.chat_span(0, sub_agent)
    found = translation(log)
    assert found.tally.usage["output_tokens"] == 4
    assert found.noticed["foreign_spans"] == 1


def test_aggregates_and_metrics_of_otel_are_not_added(translation: Translate) -> None:
    log = SessionLog().start().turn(0).chat_span(0, {"gen_ai.usage.output_tokens": 1})
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.output_tokens": 1}
    log.chat_span(0, agent)
    log.spans.append({"type": "metric", "name": "gen_ai.client.token.usage", "dataPoints": []})
    found = translation(log)
    assert found.tally.usage["output_tokens"] == 1
    assert found.run.trace_id == "0af7651916cd43dd8448eb211c80319c"

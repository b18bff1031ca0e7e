"""Sub-agents, context decisions, errors and the end of a Copilot session."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.copilot_sessions import SessionLog
from tests.support.translations import Translation

from benchwire.schemas.context import ContextDecision
from benchwire.schemas.usage import Usage

Translate = Callable[[SessionLog], Translation]


def decisions(found: Translation) -> list[ContextDecision]:
    return [event.payload for event in found.events if isinstance(event.payload, ContextDecision)]


def test_sub_agents_are_named_and_their_turns_counted(translation: Translate) -> None:
    log = SessionLog().start().record("assistant.turn_start", {"turnId": "0", "interactionId": "i"})
    log.record("assistant.message", {"content": "delegate"}).tool_start("t-1", "task")
    log.record("subagent.started", {"toolCallId": "t-1", "agentName": "explore"}, agentId="sub-1")
    log.turn(0, agent_id="sub-1", tools=("s-1",), interaction_id="i")
    log.record("subagent.completed", {"toolCallId": "t-1", "agentName": "explore"}, agentId="sub-1")
    log.tool_complete("t-1").record("assistant.turn_end", {"turnId": "0"})
    found = translation(log.shutdown())
    assert found.stop.turns == 2
    assert [(s.agent_name, s.agent_id, s.parent_step_id) for s in found.agent_steps] == [
        (None, None, None),
        ("explore", "sub-1", "turn-0"),
    ]
    assert [(c.name, c.agent_name, c.turn) for c in found.calls] == [
        ("view", "explore", 1),
        ("task", None, 0),
    ]


def test_a_failed_sub_agent_is_a_failure(translation: Translate) -> None:
    log = SessionLog().start().tool_start("t-1", "task")
    log.record("subagent.started", {"toolCallId": "t-1", "agentName": "explore"})
    failed = {"toolCallId": "t-1", "agentName": "explore", "error": "out of luck"}
    found = translation(log.record("subagent.failed", failed).tool_complete("t-1").shutdown())
    (failure,) = found.failures
    assert failure.root.kind == "tool"
    assert (failure.message, failure.agent_id) == ("out of luck", "t-1")


def test_a_compaction_brings_its_own_cost(translation: Translate) -> None:
    details = [{"tokenType": "input", "tokenCount": 5}, {"tokenType": "output", "tokenCount": 2}]
    used = {
        "inputTokens": 5,
        "outputTokens": 2,
        "duration": 70,
        "model": "gpt-5.5",
        "copilotUsage": {"totalNanoAiu": 12.0, "tokenDetails": details},
    }
    log = SessionLog().start().record("session.compaction_start")
    log.record(
        "session.compaction_complete",
        {
            "success": True,
            "preCompactionTokens": 900,
            "postCompactionTokens": 300,
            "messagesRemoved": 8,
            "compactionTokensUsed": used,
        },
    ).record("session.compaction_start")
    log.record("session.compaction_complete", {"success": False, "error": "no"})
    found = translation(log.shutdown())
    done, failed = decisions(found)
    assert (done.kind, done.tokens_before, done.tokens_after, done.duration_ms) == (
        "compaction",
        900,
        300,
        70,
    )
    assert done.usage == Usage(
        input_tokens=5,
        cache_read_tokens=0,
        cache_write_tokens=0,
        output_tokens=2,
        nano_aiu=12,
        cost_source="declared",
    )
    assert (failed.success, failed.duration_ms, failed.usage) == (False, 100, None)
    assert found.stop.compactions == 1
    assert found.stop.context is not None
    assert found.stop.context.peak_context_tokens == 5000


def test_a_truncation_is_a_context_decision(translation: Translate) -> None:
    log = (
        SessionLog()
        .start()
        .record(
            "session.truncation",
            {
                "tokenLimit": 1000,
                "preTruncationTokensInMessages": 1200,
                "postTruncationTokensInMessages": 800,
                "tokensRemovedDuringTruncation": 400,
                "preTruncationMessagesLength": 20,
                "postTruncationMessagesLength": 12,
                "messagesRemovedDuringTruncation": 8,
                "performedBy": "BasicTruncator",
            },
        )
    )
    found = translation(log.shutdown())
    (decision,) = decisions(found)
    assert decision.kind == "truncation"
    assert (decision.tokens_before, decision.tokens_after, decision.tokens_removed) == (
        1200,
        800,
        400,
    )
    assert (decision.messages_before, decision.messages_removed) == (20, 8)
    assert decision.algorithm == "BasicTruncator"
    assert found.stop.truncations == 1


@pytest.mark.parametrize("highest", range(4))
def test_the_peak_of_the_context_is_the_most_that_anybody_states(
    translation: Translate, highest: int
) -> None:
    fills = [100, 100, 100, 100]
    fills[highest] = 7_000
    started, compacted, truncated, ended = fills
    log = SessionLog().start()
    window = {"systemTokens": started - 60, "conversationTokens": 40, "toolDefinitionsTokens": 20}
    log.record("session.compaction_start", window)
    log.record("session.compaction_complete", {"success": True, "preCompactionTokens": compacted})
    log.record("session.truncation", {"preTruncationTokensInMessages": truncated})
    stop = translation(log.shutdown(currentTokens=ended)).stop
    assert stop.context is not None
    assert (stop.context.peak_context_tokens, stop.context.context_tokens) == (7_000, ended)


def test_errors_of_session_and_model_are_failures(translation: Translate) -> None:
    log = SessionLog().start()
    log.record("session.error", {"errorType": "query", "message": "bad", "stack": "at x"})
    log.record("model.call_failure", {"statusCode": 429, "errorMessage": "slow", "source": "top"})
    found = translation(log.record("session.warning").record("session.warning").shutdown())
    session, model = found.failures
    assert (session.error_type, session.message, session.traceback) == ("query", "bad", "at x")
    assert (model.error_type, model.message) == ("http_429", "slow")
    assert found.stop.warnings == 2
    assert found.stop.status == "ok"


@pytest.mark.parametrize(
    ("records", "status", "error_type"),
    [
        ([("session.shutdown", {"shutdownType": "routine"})], "ok", None),
        (
            [("session.shutdown", {"shutdownType": "error", "errorReason": "boom"})],
            "agent_failed",
            "error_shutdown",
        ),
        (
            [("abort", {"reason": "ctrl-c"}), ("session.shutdown", {"shutdownType": "routine"})],
            "cancelled",
            "abort",
        ),
        ([("abort", {"reason": "ctrl-c"})], "cancelled", "abort"),
        (
            [
                ("abort", {"reason": "ctrl-c"}),
                ("user.message", {"content": "go on"}),
                ("session.shutdown", {"shutdownType": "routine"}),
            ],
            "ok",
            None,
        ),
        ([("session.error", {"errorType": "quota"})], "agent_failed", "quota"),
        ([("user.message", {"content": "x"})], "agent_failed", "no_shutdown"),
    ],
)
def test_the_end_decides_the_status(
    translation: Translate,
    records: list[tuple[str, dict[str, Any]]],
    status: str,
    error_type: str | None,
) -> None:
    log = SessionLog().start()
    for kind, data in records:
        log.record(kind, data)
    stop = translation(log).stop
    assert (stop.status, stop.error_type) == (status, error_type)
    assert stop.outcome == "ungraded"

"""Words the entries of a trajectory: turns of agents, messages of users and of the system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchwire.producer.importers import fitting
from benchwire.producer.importers.buckets import Buckets
from benchwire.producer.importers.copilot.otel import ModelCall
from benchwire.producer.importers.copilot.turns import Turn
from benchwire.schemas.step import Step, StepKind


@dataclass(frozen=True, slots=True)
class AgentRef:
    """The sub-agent that does something; all absent for the main agent."""

    name: str | None = None
    agent_id: str | None = None
    parent_step_id: str | None = None


MAIN_AGENT = AgentRef()


def call_buckets(calls: Sequence[ModelCall]) -> Buckets:
    """What the calls used together."""
    total = Buckets()
    for call in calls:
        total.add(call.buckets)
    return total


@dataclass(frozen=True, slots=True)
class Spent:
    """What a step took: the model calls that count for it, their sum, and the time."""

    calls: Sequence[ModelCall]
    buckets: Buckets
    effort: str | None = None
    duration_ms: float | None = None


def turn_step(turn: Turn | None, data: Mapping[str, Any], spent: Spent, agent: AgentRef) -> Step:
    """Word a turn by its message."""
    calls = spent.calls
    last = calls[-1] if calls else None
    request_id = data.get("serviceRequestId") or (last.request_id if last else None)
    served = [call.server_ms for call in calls if call.server_ms is not None]
    server_ms = sum(served) if served else None
    return Step(
        kind="agent",
        step_no=_turn_number(turn),
        turn=None if turn is None else turn.ordinal,
        model=(last.model if last else None) or fitting.name(data.get("model")),
        reasoning_effort=spent.effort,
        usage=spent.buckets.usage(),
        llm_calls=len(calls) or None,
        duration_ms=spent.duration_ms,
        api_time_ms=server_ms,
        server_time_ms=server_ms,
        time_to_first_token_ms=calls[0].first_token_ms if calls else None,
        context_tokens=last.context_tokens if last else None,
        context_limit_tokens=last.context_limit_tokens if last else None,
        finish_reason=last.finish_reason if last else None,
        response_id=last.response_id if last else None,
        request_id=fitting.name(request_id),
        content=fitting.text(data.get("content")),
        content_bytes=fitting.utf8_bytes(data.get("content")),
        reasoning=fitting.text(data.get("reasoningText")),
        agent_name=agent.name,
        agent_id=agent.agent_id,
        parent_step_id=agent.parent_step_id,
        extra=_extra(turn, data),
    )


def loose_call_step(call: ModelCall) -> Step:
    """Word a model call that belongs to no turn."""
    return turn_step(None, {}, Spent([call], call.buckets), MAIN_AGENT)


def message_step(kind: StepKind, content: object, agent: AgentRef) -> Step:
    """Word a message that no model wrote."""
    return Step(
        kind=kind,
        llm_calls=0,
        content=fitting.text(content),
        content_bytes=fitting.utf8_bytes(content),
        agent_name=agent.name,
        agent_id=agent.agent_id,
        parent_step_id=agent.parent_step_id,
    )


def abandoned_call_step(name: str, call_id: str, turn: int | None) -> Step:
    """Word a tool call that started and never completed: it counts as no call."""
    return Step(
        kind="act",
        turn=turn,
        llm_calls=0,
        action_type=name or "unknown",
        error="the tool call started and never completed",
        extra={"tool_call_id": fitting.name(call_id)},
    )


def conclusion_step(data: Mapping[str, Any]) -> Step:
    """Word the agent's own statement that the task is complete."""
    return Step(kind="conclude", llm_calls=0, content=fitting.text(data.get("summary")), done=True)


def _turn_number(turn: Turn | None) -> int | None:
    if turn is None or turn.turn_id is None or not turn.turn_id.isascii():
        return None
    return fitting.count(int(turn.turn_id)) if turn.turn_id.isdigit() else None


def _extra(turn: Turn | None, data: Mapping[str, Any]) -> dict[str, Any] | None:
    extra = {
        "interaction_id": fitting.name(
            data.get("interactionId") or (turn.interaction_id if turn else None)
        ),
        "message_id": fitting.name(data.get("messageId")),
        "phase": fitting.name(data.get("phase")),
    }
    return {key: value for key, value in extra.items() if value is not None} or None

"""Handles what the agents do: tool calls and sub-agents."""

from collections.abc import Iterator
from typing import Any

from benchwire.producer.importers import fitting
from benchwire.producer.importers.copilot import decisions, steps
from benchwire.producer.importers.copilot.state import SessionState
from benchwire.producer.importers.copilot.steps import AgentRef
from benchwire.producer.importers.copilot.tools import StartedCall, tool_call
from benchwire.producer.importers.translated import TranslatedEvent

Data = dict[str, Any]


def tool_start(state: SessionState, record: Data, data: Data) -> Iterator[TranslatedEvent]:
    """A call begins; it counts once it completes."""
    state.counts.tail_active = True
    turn = state.turn(record, data)
    started = StartedCall(
        name=fitting.name(data.get("toolName")) or "",
        arguments=data.get("arguments"),
        mcp_server=fitting.name(data.get("mcpServerName")),
        model=fitting.name(data.get("model")),
        turn=None if turn is None else turn.ordinal,
        step_id=None if turn is None else turn.step_id,
        started_us=state.at_us,
        where=state.where,
    )
    state.calls.start(str(data.get("toolCallId")), started)
    return iter(())


def tool_complete(state: SessionState, record: Data, data: Data) -> Iterator[TranslatedEvent]:
    """A call completes: one ``tool_call``, whether or not its start is in the log."""
    state.counts.tail_active = True
    call_id = str(data.get("toolCallId"))
    started, seen_to_start = state.calls.complete(call_id)
    if not seen_to_start:
        state.warn("tool_without_start", f"tool call {call_id} completes but never started")
    started = started or StartedCall(name="", arguments=None)
    turn = state.turn(record, data)
    if started.turn is None and turn is not None:
        started.turn, started.step_id = turn.ordinal, turn.step_id
    span_ms = state.scan.otel.tool_ms.get(call_id)
    call = tool_call(
        started,
        data,
        redactor=state.redactor,
        latency_ms=state.since(started.started_us) if span_ms is None else span_ms,
        agent=state.agent(record, data),
    )
    state.counts.tool_errors += call.failed is True
    yield state.event("tool_call", call, started.step_id)


def abandoned_calls(state: SessionState) -> Iterator[TranslatedEvent]:
    """Word the calls that were under way when the process stopped."""
    for call_id, call in state.calls.abandon():
        text = f"tool call {call_id} ({call.name}) started but never completed"
        state.warn("tool_without_end", text, where=call.where)
        step = steps.abandoned_call_step(call.name, call_id, call.turn)
        yield state.event("step", step, call.step_id, at_us=call.started_us)


def hook_start(state: SessionState, _record: Data, _data: Data) -> Iterator[TranslatedEvent]:
    """A hook runs: counted."""
    state.counts.hooks += 1
    return iter(())


def subagent_started(state: SessionState, record: Data, data: Data) -> Iterator[TranslatedEvent]:
    """A sub-agent begins: from here on its records bear its name."""
    call_id = fitting.name(data.get("toolCallId"))
    agent_id = fitting.name(record.get("agentId")) or call_id
    agent = AgentRef(
        name=fitting.name(data.get("agentName")),
        agent_id=agent_id,
        parent_step_id=None if call_id is None else state.calls.step_of(call_id),
    )
    for key in (agent_id, call_id):
        if key is not None:
            state.agents[key] = agent
    return iter(())


def subagent_failed(state: SessionState, record: Data, data: Data) -> Iterator[TranslatedEvent]:
    """A sub-agent fails."""
    key = fitting.name(record.get("agentId")) or fitting.name(data.get("toolCallId")) or ""
    agent = state.agents.get(key, AgentRef(agent_id=key or None))
    failure = decisions.subagent_failed(data, agent_id=agent.agent_id)
    yield state.event("failure", failure, agent.parent_step_id)

"""Words the steps of a trajectory, and the tool calls they made."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.atif import tokens
from benchwire.producer.importers.atif.walk import Part
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.step import Step, StepKind
from benchwire.schemas.tool_call import ToolCall

_KINDS: Final[dict[object, StepKind]] = {"system": "system", "user": "user", "agent": "agent"}
_EXIT_CODE: Final = re.compile(r"exit_code=(-?\d{1,10})\s*(?:\n|\Z)")
"""First line of an observation by the convention of one real producer."""


def is_model_call(step: Mapping[str, Any]) -> bool:
    """Tell whether a model was asked: agent steps can be dispatches without one (since 1.7)."""
    return step.get("source") == "agent" and step.get("llm_call_count") != 0


def is_placeholder(step: Mapping[str, Any]) -> bool:
    """Tell whether one of our exports put the step there because a trajectory needs one."""
    ours = fitting.mapping(fitting.mapping(step.get("extra")).get(tokens.OURS))
    return ours.get("is_placeholder") is True


def trajectory_step(step: Mapping[str, Any], part: Part, turn: int | None) -> Step:
    """Word one step. One that repeats an earlier one spends nothing again."""
    metrics = fitting.mapping(step.get("metrics"))
    measured = tokens.copilot_otel(metrics)
    copied = step.get("is_copied_context") is True
    message = message_text(step.get("message"))
    effort = step.get("reasoning_effort")
    server_ms = fitting.real(measured.get("server_duration_ms"))
    return Step(
        kind=_kind(step.get("source")),
        step_no=fitting.count(step.get("step_id")),
        turn=turn,
        model=_model(step, part) if is_model_call(step) else None,
        reasoning_effort=None if effort is None else fitting.name(str(effort)),
        usage=None if copied else tokens.of_step(metrics).usage(),
        llm_calls=None if copied else _llm_calls(step, measured),
        api_time_ms=server_ms,
        server_time_ms=server_ms,
        context_tokens=fitting.tokens(measured.get("current_tokens")),
        context_limit_tokens=fitting.tokens(measured.get("token_limit")),
        content=fitting.text(message),
        content_bytes=fitting.utf8_bytes(message),
        reasoning=fitting.text(step.get("reasoning_content")),
        agent_name=fitting.name(part.agent.get("name")) if part.agent_id else None,
        agent_id=fitting.name(part.agent_id),
        parent_step_id=part.parent_step_id,
        observation=_loose_observation(step),
        is_copied_context=copied or None,
    )


def trajectory_calls(
    step: Mapping[str, Any], part: Part, turn: int | None, redactor: Redactor
) -> Iterator[ToolCall]:
    """Word the tool calls of a step, each with the result that names it.

    ATIF has no flag for a failed call and no times: both stay unknown.
    """
    calls = [fitting.mapping(call) for call in fitting.items(step.get("tool_calls"))]
    results = _results(step)
    for call in calls:
        call_id = call.get("tool_call_id")
        texts = [text for source, text in results if source == call_id and source is not None]
        if len(calls) == 1:  # nothing else it could be the result of
            texts += [text for source, text in results if source is None]
        result = "\n".join(texts) if texts else None
        code = _EXIT_CODE.match(result or "")
        exit_code = None if code is None else fitting.exit_code(code[1])
        arguments = _arguments(call.get("arguments"), redactor)
        yield ToolCall(
            name=fitting.name(call.get("function_name")) or "unknown",
            tool_call_id=fitting.identifier(call_id),
            turn=turn,
            model=_model(step, part) if turn is not None else None,
            arguments=arguments,
            args_hash=None if arguments is None else document_hash(arguments),
            exit_code=exit_code,
            nonzero_exit=None if exit_code is None else exit_code != 0,
            result=fitting.text(result),
            result_bytes=fitting.utf8_bytes(result),
            agent_name=fitting.name(part.agent.get("name")) if part.agent_id else None,
            agent_id=fitting.name(part.agent_id),
        )


def message_text(message: object) -> str | None:
    """The text of a message; since 1.6 it may be a list of parts, of which media are named."""
    if not fitting.is_array(message):
        return message if isinstance(message, str) else None
    parts = [fitting.mapping(part) for part in message]
    return "\n".join(
        str(part.get("text") or "")
        if part.get("type") == "text"
        else f"[{part.get('type')} {fitting.mapping(part.get('source')).get('path') or ''}]"
        for part in parts
    )


def _kind(source: object) -> StepKind:
    return _KINDS.get(source, "observe") if isinstance(source, str) else "observe"


def _model(step: Mapping[str, Any], part: Part) -> str | None:
    return fitting.name(step.get("model_name")) or fitting.name(part.agent.get("model_name"))


def _llm_calls(step: Mapping[str, Any], measured: Mapping[str, Any]) -> int | None:
    said = fitting.count(step.get("llm_call_count"))
    return fitting.count(measured.get("llm_call_count")) if said is None else said


def _results(step: Mapping[str, Any]) -> list[tuple[object, str]]:
    """The results of a step's observation: which call each names, and its text."""
    observation = fitting.mapping(step.get("observation"))
    results = [fitting.mapping(result) for result in fitting.items(observation.get("results"))]
    return [
        (result.get("source_call_id"), text)
        for result in results
        if (text := message_text(result.get("content"))) is not None
    ]


def _loose_observation(step: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was observed without any one tool call to hang it on."""
    if len(fitting.items(step.get("tool_calls"))) == 1:
        return None
    texts = [text for source, text in _results(step) if source is None]
    return {"content": "\n".join(texts)} if texts else None


def _arguments(arguments: object, redactor: Redactor) -> dict[str, Any] | None:
    document = fitting.document(arguments)
    return None if document is None else fitting.mapping(redactor.document(document))

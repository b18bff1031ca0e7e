"""Reads the events of version 1, OpenHands' software development kit."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from benchwire.producer.importers import fitting
from benchwire.producer.importers.openhands.event import Event, exit_code_of, joined, text_of

_NOISE: Final = frozenset(
    {
        "ConversationStateUpdateEvent",
        "CondensationRequest",
        "CondensationSummaryEvent",
        "LLMCompletionLogEvent",
        "PauseEvent",
        "TokenEvent",
    }
)
"""States and bookkeeping: nobody said, did or saw anything."""


def read_new_event(value: Mapping[str, Any], name: str) -> Event:
    """Read an event whose ``kind`` is ``name``."""
    if name in _NOISE:
        return Event(kind="noise", name=name)
    said: dict[str, Any] = {"name": name, "event_id": value.get("id"), "at": value.get("timestamp")}
    readers = {
        "SystemPromptEvent": _system,
        "MessageEvent": _message,
        "ActionEvent": _action,
        "Condensation": _condensation,
        "ObservationEvent": _result,
        "UserRejectObservation": _result,
        "AgentErrorEvent": _result,
        "ConversationErrorEvent": _error,
    }
    read = readers.get(name)
    return Event(kind="unknown", **said) if read is None else read(value, said)


def _system(value: Mapping[str, Any], said: dict[str, Any]) -> Event:
    return Event(kind="system", text=text_of(value.get("system_prompt")), **said)


def _message(value: Mapping[str, Any], said: dict[str, Any]) -> Event:
    message = fitting.mapping(value.get("llm_message"))
    return Event(
        kind="message",
        source=fitting.name(value.get("source")),
        text=text_of(message.get("content")),
        reasoning=fitting.text(message.get("reasoning_content")),
        response_id=fitting.name(value.get("llm_response_id")),
        **said,
    )


def _action(value: Mapping[str, Any], said: dict[str, Any]) -> Event:
    call = fitting.mapping(value.get("tool_call"))
    tool = fitting.name(value.get("tool_name")) or fitting.name(call.get("name"))
    return Event(
        kind="action",
        source=fitting.name(value.get("source")) or "agent",
        text=text_of(value.get("thought")),
        reasoning=fitting.text(value.get("reasoning_content")),
        response_id=fitting.name(value.get("llm_response_id")),
        tool=tool or "unknown",
        tool_call_id=fitting.identifier(value.get("tool_call_id")),
        arguments=_arguments(value, call),
        **said,
    )


def _condensation(value: Mapping[str, Any], said: dict[str, Any]) -> Event:
    forgotten = len(fitting.items(value.get("forgotten_event_ids")))
    text = text_of(value.get("summary"))
    return Event(kind="condensation", forgotten=forgotten, text=text, **said)


def _error(value: Mapping[str, Any], said: dict[str, Any]) -> Event:
    code, text = fitting.name(value.get("code")), text_of(value.get("detail"))
    return Event(kind="result", failed=True, text=text, error_code=code, is_fatal=True, **said)


def _result(value: Mapping[str, Any], said: dict[str, Any]) -> Event:
    seen = fitting.mapping(value.get("observation"))
    codes = (seen.get("exit_code"), fitting.mapping(seen.get("metadata")).get("exit_code"))
    error = value.get("error", value.get("rejection_reason"))
    contents = (seen.get("content"), seen.get("output"), seen.get("error"))
    return Event(
        kind="result",
        source=fitting.name(value.get("source")) or "environment",
        text=joined([text_of(one) for one in contents]) if error is None else text_of(error),
        tool_call_id=fitting.identifier(value.get("tool_call_id")),
        cause=value.get("action_id"),
        failed=error is not None or seen.get("is_error") is True or bool(seen.get("error")),
        exit_code=exit_code_of(codes),
        **said,
    )


def _arguments(value: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments as the model wrote them, which is JSON in a text; else the action's own."""
    written = call.get("arguments")
    if isinstance(written, str):
        try:
            written = msgspec.json.decode(written)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            written = None
    if not fitting.is_object(written):
        written = fitting.mapping(value.get("action"))
    return {key: said for key, said in written.items() if key != "kind"} or None

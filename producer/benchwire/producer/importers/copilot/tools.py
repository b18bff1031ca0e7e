"""Pairs the start of a tool call with its completion and words it as one ``tool_call``."""

import json
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.copilot.steps import AgentRef
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.tool_call import EvidenceFootprint, ExitKind, ToolCall

RECENT_NAMES_MAX: Final = 1_000
"""Finished calls whose names are remembered, for completions that are reported twice."""
NONZERO_EXIT: Final = "command_nonzero_exit"
_RESULT_LENGTHS: Final = ("resultForLlmLength", "resultLength", "result_length")


@dataclass(slots=True)
class StartedCall:
    """A tool call under way, or asked for by a message."""

    name: str
    arguments: object
    kind: str | None = None
    mcp_server: str | None = None
    intention: str | None = None
    model: str | None = None
    turn: int | None = None
    step_id: str | None = None
    started_us: int | None = None
    where: str = ""
    """``file:line`` of the start."""


class ToolCalls:
    """The calls under way, in the order in which they started.

    Calls of one turn run in parallel and complete in any order; ids may even repeat.
    """

    def __init__(self) -> None:
        self._requested: dict[str, StartedCall] = {}
        self._started: dict[str, deque[StartedCall]] = {}
        self._recent: OrderedDict[str, str] = OrderedDict()

    def request(self, request: Mapping[str, Any]) -> None:
        """Note a call that a message asks for; it may start later or never."""
        call_id = request.get("toolCallId")
        if isinstance(call_id, str):
            self._requested[call_id] = StartedCall(
                name=fitting.name(request.get("name")) or "",
                arguments=request.get("arguments"),
                kind=fitting.name(request.get("type")),
                intention=fitting.name(request.get("intentionSummary")),
            )

    def start(self, call_id: str, call: StartedCall) -> None:
        """Note a call that starts, completed by what its request said."""
        asked = self._requested.pop(call_id, None)
        if asked is not None:
            call.kind = call.kind or asked.kind
            call.intention = asked.intention
            call.arguments = asked.arguments if call.arguments is None else call.arguments
        self._started.setdefault(call_id, deque()).append(call)

    def complete(self, call_id: str) -> tuple[StartedCall | None, bool]:
        """The call that completes, and whether it was seen to start."""
        waiting = self._started.get(call_id)
        if waiting:
            call = waiting.popleft()
            if not waiting:
                del self._started[call_id]
            self._remember(call_id, call.name)
            return call, True
        asked = self._requested.pop(call_id, None)
        if asked is None and call_id in self._recent:
            asked = StartedCall(name=self._recent[call_id], arguments=None)
        return asked, False

    def step_of(self, call_id: str) -> str | None:
        """The step in which a call under way started."""
        waiting = self._started.get(call_id)
        return waiting[0].step_id if waiting else None

    def abandon(self) -> list[tuple[str, StartedCall]]:
        """Forget every call under way and return those that had started."""
        left = [(call_id, call) for call_id, calls in self._started.items() for call in calls]
        self._started.clear()
        self._requested.clear()
        return left

    def _remember(self, call_id: str, name: str) -> None:
        self._recent[call_id] = name
        if len(self._recent) > RECENT_NAMES_MAX:
            self._recent.popitem(last=False)


def tool_call(
    started: StartedCall,
    data: Mapping[str, Any],
    *,
    redactor: Redactor,
    latency_ms: float | None,
    agent: AgentRef,
) -> ToolCall:
    """Word a completed call; ``latency_ms`` counts if the tool did not measure itself."""
    telemetry = fitting.mapping(data.get("toolTelemetry"))
    metrics = fitting.mapping(telemetry.get("metrics"))
    properties = fitting.mapping(telemetry.get("properties"))
    error = fitting.mapping(data.get("error"))
    result = fitting.mapping(data.get("result")).get("content")
    arguments = redacted_arguments(started.arguments, redactor)
    exit_code = fitting.exit_code(metrics.get("exit_code"))
    success = fitting.flag(data.get("success"))
    measured_ms = fitting.real(metrics.get("durationMs"))
    return ToolCall(
        name=started.name or "unknown",
        tool_call_id=fitting.identifier(data.get("toolCallId")),
        tool_type="mcp" if started.mcp_server else started.kind,
        mcp_server=started.mcp_server,
        turn=started.turn,
        model=fitting.name(data.get("model")) or started.model,
        arguments=arguments,
        args_hash=None if arguments is None else document_hash(arguments),
        latency_ms=latency_ms if measured_ms is None else measured_ms,
        exit_kind=_exit_kind(success, error),
        exit_code=exit_code,
        failed=None if success is None else not success,
        nonzero_exit=_nonzero_exit(exit_code, properties, metrics),
        error=fitting.text(error.get("message")),
        error_code=fitting.name(error.get("code")),
        result=fitting.text(result),
        result_bytes=fitting.utf8_bytes(result),
        result_chars=_first_size(metrics),
        user_requested=fitting.flag(data.get("isUserRequested")),
        evidence=_evidence(telemetry, metrics),
        agent_name=agent.name,
        agent_id=agent.agent_id,
        extra=_extra(started, properties),
    )


def redacted_arguments(arguments: object, redactor: Redactor) -> dict[str, Any] | None:
    """Arguments as a document; custom tools take one text, kept under ``input``."""
    if isinstance(arguments, str):
        arguments = {"input": arguments}
    document = fitting.document(arguments)
    return None if document is None else fitting.mapping(redactor.document(document))


def _exit_kind(success: bool | None, error: Mapping[str, Any]) -> ExitKind | None:  # noqa: FBT001
    """What the log says for certain; why a call failed is mostly not among it."""
    if success is None:
        return None
    if success:
        return "ok"
    code = str(error.get("code", "")).lower()
    if "timeout" in code or "timed_out" in code:
        return "timeout"
    return "user_error" if code in {"denied", "rejected"} else None


def _nonzero_exit(
    exit_code: int | None, properties: Mapping[str, Any], metrics: Mapping[str, Any]
) -> bool | None:
    """Whether a command exited non-zero; a shell call says nothing of an exit code of 0."""
    if exit_code is not None:
        return exit_code != 0
    if properties.get("shell_error_category") == NONZERO_EXIT:
        return True
    is_shell = "commandTimeout" in metrics or "executionMode" in properties
    return False if is_shell else None


def _first_size(metrics: Mapping[str, Any]) -> int | None:
    sizes = (fitting.integer(metrics.get(key), 2**53 - 1) for key in _RESULT_LENGTHS)
    return next((size for size in sizes if size is not None), None)


def _evidence(telemetry: Mapping[str, Any], metrics: Mapping[str, Any]) -> EvidenceFootprint | None:
    """What an editing tool reports of its edit; other tools report nothing."""
    added, removed = (fitting.count(metrics.get(key)) for key in ("linesAdded", "linesRemoved"))
    if added is None and removed is None:
        return None
    paths = fitting.mapping(telemetry.get("restrictedProperties")).get("filePaths")
    try:
        files = fitting.names(json.loads(paths)) if isinstance(paths, str) else None
    except ValueError:
        files = None
    return EvidenceFootprint(
        files_modified=files, lines_changed=fitting.count((added or 0) + (removed or 0))
    )


def _extra(started: StartedCall, properties: Mapping[str, Any]) -> dict[str, Any] | None:
    extra = {
        "intention": started.intention,
        "shell_error_category": fitting.name(properties.get("shell_error_category")),
    }
    return {key: value for key, value in extra.items() if value is not None} or None

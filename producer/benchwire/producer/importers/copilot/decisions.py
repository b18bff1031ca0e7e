"""Words what the session did to its context window, and what went wrong in it."""

from collections.abc import Mapping
from typing import Any

from benchwire.producer.importers import fitting
from benchwire.producer.importers.copilot import tokens
from benchwire.schemas.context import ContextDecision
from benchwire.schemas.failure import Failure, HarnessRoot, ToolRoot


def compaction(
    data: Mapping[str, Any], *, turn: int | None, agent_id: str | None, waited_ms: float | None
) -> ContextDecision:
    """Word a completed compaction and the model call that wrote its summary."""
    used = fitting.mapping(data.get("compactionTokensUsed"))
    duration_ms = fitting.real(used.get("duration"))
    return ContextDecision(
        kind="compaction",
        success=fitting.flag(data.get("success")),
        tokens_before=fitting.tokens(data.get("preCompactionTokens")),
        tokens_after=fitting.tokens(data.get("postCompactionTokens")),
        tokens_removed=fitting.tokens(data.get("tokensRemoved")),
        messages_before=fitting.count(data.get("preCompactionMessagesLength")),
        messages_removed=fitting.count(data.get("messagesRemoved")),
        model=fitting.name(used.get("model")),
        usage=tokens.from_call(used).usage(),
        duration_ms=waited_ms if duration_ms is None else duration_ms,
        turn=turn,
        agent_id=agent_id,
        extra=_error_extra(data.get("error")),
    )


def truncation(
    data: Mapping[str, Any], *, turn: int | None, agent_id: str | None
) -> ContextDecision:
    """Word a truncation of the message list."""
    return ContextDecision(
        kind="truncation",
        tokens_before=fitting.tokens(data.get("preTruncationTokensInMessages")),
        tokens_after=fitting.tokens(data.get("postTruncationTokensInMessages")),
        tokens_removed=fitting.tokens(data.get("tokensRemovedDuringTruncation")),
        messages_before=fitting.count(data.get("preTruncationMessagesLength")),
        messages_after=fitting.count(data.get("postTruncationMessagesLength")),
        messages_removed=fitting.count(data.get("messagesRemovedDuringTruncation")),
        token_limit=fitting.tokens(data.get("tokenLimit")),
        algorithm=fitting.name(data.get("performedBy")),
        turn=turn,
        agent_id=agent_id,
    )


def session_error(data: Mapping[str, Any]) -> Failure:
    """Word an error of the session; one with an HTTP status came from the model's provider."""
    kind, status = fitting.name(data.get("errorType")), fitting.count(data.get("statusCode"))
    component = "session" if status is None else "model_provider"
    return Failure(
        root=HarnessRoot(kind="harness", component=component, error_type=kind),
        message=fitting.text(data.get("message")),
        error_type=kind,
        traceback=fitting.text(data.get("stack")),
        extra=None if status is None else {"status_code": status},
    )


def model_call_failure(data: Mapping[str, Any]) -> Failure:
    """Word a failed call of a model."""
    status = fitting.count(data.get("statusCode"))
    kind = "model_call_failure" if status is None else f"http_{status}"
    source = fitting.name(data.get("source"))
    return Failure(
        root=HarnessRoot(kind="harness", component="model_provider", error_type=kind),
        message=fitting.text(data.get("errorMessage")),
        error_type=kind,
        extra=None if source is None else {"source": source},
    )


def abort(data: Mapping[str, Any]) -> Failure:
    """Word an abort: somebody or something stopped the agent."""
    return Failure(
        root=HarnessRoot(kind="harness", component="session", error_type="abort"),
        message=fitting.text(data.get("reason")),
        error_type="abort",
    )


def subagent_failed(data: Mapping[str, Any], *, agent_id: str | None) -> Failure:
    """Word the failure of a sub-agent, which the main agent sees as a failed tool."""
    error = data.get("error")
    message = fitting.text(error.get("message") if fitting.is_object(error) else error)
    return Failure(
        root=ToolRoot(
            kind="tool", tool_name=fitting.name(data.get("agentName")), usage_error=message
        ),
        message=message,
        error_type="subagent_failed",
        tool_call_id=fitting.identifier(data.get("toolCallId")),
        agent_id=agent_id,
    )


def _error_extra(error: object) -> dict[str, Any] | None:
    message = fitting.text(error)
    return None if message is None else {"error": message}

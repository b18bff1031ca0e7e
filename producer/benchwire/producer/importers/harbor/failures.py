"""Sorts the exceptions of trials: whose fault each was, and what that makes of the run.

The causes are Harbor's, which it keeps by the name of the exception class.
"""

from collections.abc import Mapping
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.schemas.failure import ContextRoot, Failure, FailureRoot, HarnessRoot
from benchwire.schemas.run import ErrorCause, RunStatus

_NAMES: Final[dict[ErrorCause, tuple[str, ...]]] = {
    "sandbox_failed": (
        "AddTestsDirError",
        "AgentSetupTimeoutError",
        "DownloadVerifierDirError",
        "EnvironmentStartTimeoutError",
        "GKEExecStreamClosedError",
        "GKEPodNotFoundError",
        "HealthcheckError",
        "MemoryLimitExceededError",
        "RuntimeRequestError",
        "SSHAccessError",
        "SandboxBuildFailedError",
        "SandboxLikelyOutOfMemoryError",
    ),
    "model_provider_failed": (
        "APIConnectionError",
        "APIError",
        "APIResponseValidationError",
        "AgentAuthenticationError",
        "ApiConnectionClosedError",
        "ApiConnectionError",
        "ApiError",
        "ApiInternalServerError",
        "ApiOverloadedError",
        "ApiProviderResourceNotFoundError",
        "ApiRateLimitError",
        "ApiResponseStalledError",
        "ApiUsageLimitError",
        "AuthenticationError",
        "BadRequestError",
        "BudgetExceededError",
        "InternalServerError",
        "ModelNotFoundError",
        "NetworkConnectionError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "ServiceUnavailableError",
        "Timeout",
        "UnknownApiError",
        "UnprocessableEntityError",
        "UnsupportedParamsError",
    ),
    "harness_failed": (
        "DspyImportError",
        "MissingExtraError",
        "RegradeError",
        "ServiceOperationsUnsupportedError",
        "VercelScopeError",
    ),
    "agent_exhausted_budget": (
        "AgentTimeoutError",
        "ContextLengthExceededError",
        "ContextWindowExceededError",
        "OutputLengthExceededError",
        "OutputTokenExceededError",
    ),
    "agent_refused_task": ("AgentSafetyRefusalError", "ContentPolicyViolationError"),
    "verifier_failed": (
        "RewardFileEmptyError",
        "RewardFileNotFoundError",
        "VerifierOutputParseError",
        "VerifierTimeoutError",
    ),
    "cancelled": ("CancelledError", "KeyboardInterrupt"),
}
_CAUSES: Final[dict[str, ErrorCause]] = {
    name: cause for cause, names in _NAMES.items() for name in names
}
AGENT_TIMEOUT: Final = "AgentTimeoutError"
_AGENT_EXIT: Final = "NonZeroAgentExitCodeError"
"""Harbor leaves it unclassified; it was the agent's process that failed."""
_OF_THE_AGENT: Final = ("agent_exhausted_budget", "agent_refused_task")
_COMPONENTS: Final[dict[ErrorCause, str]] = {
    "sandbox_failed": "sandbox",
    "model_provider_failed": "model_provider",
    "verifier_failed": "verifier",
    "agent_exhausted_budget": "agent",
    "agent_refused_task": "agent",
}


def cause_of(error_type: str) -> ErrorCause:
    """Whose fault an exception was."""
    return _CAUSES.get(error_type, "unclassified")


def status_of(error_type: str | None) -> RunStatus:
    """What an exception makes of the run; None: it went through without one."""
    if error_type is None:
        return "ok"
    cause = cause_of(error_type)
    if error_type == AGENT_TIMEOUT:
        return "timed_out"
    if cause == "cancelled":
        return "cancelled"
    return (
        "agent_failed" if cause in _OF_THE_AGENT or error_type == _AGENT_EXIT else "harness_error"
    )


def is_of_agent(error_type: str) -> bool:
    """Tell whether it was the agent that ended badly: the harness goes on and grades it."""
    return status_of(error_type) in ("agent_failed", "timed_out")


def is_reward_valid(error_types: list[str]) -> bool:
    """Tell whether a reward measures the agent although something was raised.

    Harbor's rule: only the agent's own end, an exhausted budget or a refusal, leaves it valid.
    """
    return all(cause_of(error_type) in _OF_THE_AGENT for error_type in error_types)


def type_of(exception: Mapping[str, Any]) -> str:
    """The class of a recorded exception."""
    return fitting.name(exception.get("exception_type")) or "unknown"


def failure(exception: Mapping[str, Any], *, step_name: str | None = None) -> Failure:
    """Word a recorded exception.

    Pier writes the local time of an unknown place; that is kept as it stands, out of ``ts``.
    """
    error_type = type_of(exception)
    occurred = fitting.name(exception.get("occurred_at"))
    is_local = timestamps.utc_instant_us(occurred) is None
    extra = {"step": step_name, "occurred_at_local": occurred if is_local else None}
    return Failure(
        root=_root(error_type),
        message=fitting.text(exception.get("exception_message")),
        error_type=error_type,
        traceback=fitting.text(exception.get("exception_traceback")),
        fatal=True,
        extra={key: value for key, value in extra.items() if value is not None} or None,
    )


def _root(error_type: str) -> FailureRoot:
    if error_type.startswith("Context"):
        return ContextRoot(kind="context")
    component = "agent" if error_type == _AGENT_EXIT else _COMPONENTS.get(cause_of(error_type))
    return HarnessRoot(kind="harness", component=component or "runner", error_type=error_type)

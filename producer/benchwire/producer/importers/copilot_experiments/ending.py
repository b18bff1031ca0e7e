"""Says how a trial ended: the harness's word where there is one, else by the harness's rules."""

import re
from dataclasses import dataclass
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.copilot_experiments.trial import Trial
from benchwire.producer.importers.notices import Notices
from benchwire.schemas.failure import Failure, HarnessRoot
from benchwire.schemas.run import ErrorCause, RunStatus, RunStop

_STATUSES: Final[dict[str, RunStatus]] = {
    "ok": "ok",
    "copilot_failed": "agent_failed",
    "harness_error": "harness_error",
}
_RAISED: Final = re.compile(r"(?:\w+\.)*(\w+): ")
"""How the harness words an exception."""
_NEVER_RUN: Final = -1
"""Exit code of a trial whose pipeline broke before Copilot was started."""
_BROKE_OFF: Final = "the harness stopped before it wrote meta.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a trial ended."""

    status: RunStatus
    error_type: str | None = None
    error: str | None = None
    cause: ErrorCause | None = None
    artifact: str | None = None
    exit_code: int | None = None
    duration_ms: float | None = None


def ending_of(trial: Trial, session: RunStop | None, notices: Notices) -> Ending:
    """How a trial ended; what its session says of itself names the cause of a failed one."""
    said = trial.said
    if not said:
        return Ending(
            status="harness_error",
            error_type="no_meta",
            error=_BROKE_OFF,
            cause="harness_failed",
            duration_ms=None if session is None else session.duration_ms,
        )
    word = said.get("status")
    if isinstance(word, str) and word not in _STATUSES:
        notices.add("unknown_status", str(trial.place.folder), f"status {word!r} is not known")
    status = _STATUSES.get(str(word)) or _by_rule(trial)
    exit_code = fitting.exit_code(said.get("exit_code"))
    seconds = fitting.real(said.get("duration_s"))
    if status == "harness_error" and exit_code == _NEVER_RUN and not seconds:
        exit_code = seconds = None
    error = fitting.text(said.get("error"))
    return Ending(
        status=status,
        error_type=_error_type(status, error, session),
        error=error or _by_exit(status, exit_code),
        cause=_cause(status, session),
        artifact=fitting.text(said.get("error_artifact")),
        exit_code=exit_code,
        duration_ms=None if (ms := fitting.milliseconds(seconds)) is None else round(ms, 3),
    )


def failure_of(ending: Ending) -> Failure | None:
    """Word what ended a trial badly."""
    if ending.status == "ok":
        return None
    component = "runner" if ending.status == "harness_error" else "agent"
    extra: dict[str, Any] = {"error_artifact": ending.artifact, "exit_code": ending.exit_code}
    return Failure(
        root=HarnessRoot(kind="harness", component=component, error_type=ending.error_type),
        message=ending.error,
        error_type=ending.error_type,
        fatal=True,
        extra={name: value for name, value in extra.items() if value is not None} or None,
    )


def _by_rule(trial: Trial) -> RunStatus:
    """The harness's own rule, for trees older than the word: Copilot must exit 0 and do something.

    Nothing was done where there is no session log and no turn either.
    """
    exit_code = fitting.exit_code(trial.said.get("exit_code"))
    idle = trial.session is None and not fitting.count(trial.metrics.get("n_turns"))
    return "agent_failed" if exit_code or idle else "ok"


def _error_type(status: RunStatus, error: str | None, session: RunStop | None) -> str | None:
    if status == "ok":
        return None
    if status == "harness_error":
        raised = _RAISED.match(error or "")
        return raised[1] if raised else "harness_error"
    return (session.error_type if session is not None else None) or "copilot_failed"


def _cause(status: RunStatus, session: RunStop | None) -> ErrorCause | None:
    if status == "ok":
        return None
    if status == "harness_error":
        return "harness_failed"
    return (session.error_cause if session is not None else None) or "unclassified"


def _by_exit(status: RunStatus, exit_code: int | None) -> str | None:
    if status == "ok":
        return None
    return f"copilot exited {exit_code}" if exit_code else None

"""What an exception in a run becomes: a ``failure`` event, and the end of the run."""

import traceback
from typing import TYPE_CHECKING, Any, Final

from benchwire.schemas.redaction import Redactor

if TYPE_CHECKING:
    from benchwire.schemas.fields import RunStopFields

TRACEBACK_CHARS_MAX: Final = 32_000
"""The end of a traceback says most; what is before is left out."""


def failure_of(error: BaseException, redactor: Redactor) -> dict[str, Any]:
    """The ``failure`` payload: the runner's fault until somebody says otherwise."""
    # Redacted before it is cut: half a secret matches no pattern.
    text = redactor.text("".join(traceback.format_exception(error)))
    name = type(error).__name__
    return {
        "root": {"kind": "harness", "component": "runner", "error_type": name},
        "message": str(error),
        "error_type": name,
        "traceback": text[-TRACEBACK_CHARS_MAX:],
        "fatal": True,
    }


def stop_of(error: BaseException) -> "RunStopFields":
    """How the run ended: cancelled by an interrupt or cancellation, else a harness error."""
    cancelled = not isinstance(error, Exception)  # KeyboardInterrupt, CancelledError, …
    return {
        "status": "cancelled" if cancelled else "harness_error",
        "error": str(error),
        "error_type": type(error).__name__,
        "error_cause": "cancelled" if cancelled else "harness_failed",
    }

"""The producer's log: structured, never on standard output, never with payload text in it.

A library must not write into the output of the program that uses it. If the program has
configured structlog, its configuration is used; otherwise warnings and errors go to standard
error as one JSON line each. structlog is imported at the first line, because most runs log none.
"""

import contextlib
import functools
import logging
import os
import time
from typing import Any, Final

from benchwire.producer.fork import importing

_STDERR: Final = 2
REPEAT_SECONDS: Final = 60.0
"""The same complaint is made at most so often; the count of what was left out comes with it."""


def log_info(event: str, **facts: Any) -> None:
    """Record a fact."""
    _log("info", event, facts)


def log_warning(event: str, **facts: Any) -> None:
    """Record something unusual; no data has been lost."""
    _log("warning", event, facts)


def log_error(event: str, **facts: Any) -> None:
    """Record the loss of data, or what will lead to it."""
    _log("error", event, facts)


class Complaints:
    """Logs each kind of complaint at most once a minute."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, int]] = {}

    def due(self, kind: str) -> int | None:
        """How often ``kind`` came since it was last logged, if it is to be logged now."""
        now = time.monotonic()
        last_at, unsaid = self._last.get(kind, (-REPEAT_SECONDS, 0))
        if now - last_at < REPEAT_SECONDS:
            self._last[kind] = (last_at, unsaid + 1)
            return None
        self._last[kind] = (now, 0)
        return unsaid + 1


class StderrLogger:
    """Writes each line with one system call: no lock that a forked child could inherit taken."""

    def msg(self, line: str) -> None:
        """Write a line to standard error; nobody can be told if that fails."""
        with contextlib.suppress(OSError):
            os.write(_STDERR, f"{line}\n".encode(errors="replace"))

    debug = info = warning = error = msg


def _log(level: str, event: str, facts: dict[str, Any]) -> None:
    """Log, whatever the program's configuration does: a log that fails breaks no trial."""
    with contextlib.suppress(Exception):
        getattr(_logger(), level)(event, **facts)


def _logger() -> Any:
    structlog = _structlog()
    if structlog.is_configured():
        return structlog.get_logger("benchwire.producer")
    return _stderr_logger()


@functools.cache
def _structlog() -> Any:
    """structlog, loaded at the first line: most runs log nothing, and it takes 100 ms."""
    with importing():
        import structlog  # noqa: PLC0415 - see above

    return structlog


@functools.cache
def _stderr_logger() -> Any:
    structlog = _structlog()
    return structlog.wrap_logger(
        StderrLogger(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(default=str),
        ],
    )

"""Where log lines go: standard error, readable on a terminal, JSON otherwise."""

import logging
import os
import sys
from typing import Any

import structlog

LEVEL = "BENCHWIRE_LOG_LEVEL"


def configure_logs(level: str | None = None, *, pretty: bool | None = None) -> None:
    """Send structlog's events, and warnings of libraries, to standard error.

    Commands show warnings only; `up` and `consume` show what happens.
    """
    number = logging.getLevelNamesMapping().get(
        (level or os.environ.get(LEVEL) or "WARNING").upper(), logging.WARNING
    )
    pretty = sys.stderr.isatty() if pretty is None else pretty
    timestamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if pretty:
        last = [structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            timestamp,
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_standard_error,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_IntoStructlog()]
    root.setLevel(logging.WARNING)


def _standard_error(*_names: object) -> structlog.WriteLogger:
    """Write to standard error as it is now: a live view puts itself in its place."""
    return structlog.WriteLogger(sys.stderr)


class _IntoStructlog(logging.Handler):
    """Hands records of the standard library's logging to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        write = logger.error if record.levelno >= logging.ERROR else logger.warning
        write("library_message", logger=record.name, message=record.getMessage())

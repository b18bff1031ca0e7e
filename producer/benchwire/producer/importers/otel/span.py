"""One span in the form that all ways of writing spans are brought to."""

from typing import Any, Final, Literal

import msgspec

from benchwire.producer.importers import fitting

SpanStatus = Literal["unset", "ok", "error"]
_STATUSES: Final[dict[int | None, SpanStatus]] = {1: "ok", 2: "error"}


class SpanEvent(msgspec.Struct, array_like=True):
    """Something that happened during a span, or a log record that belongs to one."""

    name: str
    attributes: dict[str, Any]


class Span(msgspec.Struct, array_like=True):
    """One operation of a trace. Ids are lower-case hexadecimal where OpenTelemetry made them."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    start_us: int | None
    end_us: int | None
    status: SpanStatus
    message: str | None
    """What its status says beside the code."""
    scope: str | None
    """The instrumentation that wrote it."""
    attributes: dict[str, Any]
    resource: dict[str, Any]
    """What is known of the program that made it."""
    events: list[SpanEvent]


class LogEvent(msgspec.Struct):
    """A log record about a span, e.g. what was said in a model call."""

    trace_id: str
    span_id: str
    event: SpanEvent


class TraceNote(msgspec.Struct):
    """What a source says of a trace as a whole, as attributes of a resource."""

    trace_id: str
    attributes: dict[str, Any]


class Untranslated(msgspec.Struct):
    """Records of a kind that nothing is made of."""

    kind: str
    count: int = 1


Item = Span | LogEvent | TraceNote | Untranslated
"""What files of spans hold."""


def status_of(status: object) -> tuple[SpanStatus, str | None]:
    """Code and message of a span's status, in any spelling; no status is ``unset``."""
    known = fitting.mapping(status)
    code = known.get("code", known.get("status_code", known.get("statusCode")))
    message = fitting.text(known.get("message", known.get("description")))
    if isinstance(code, str):
        word = code.upper().rpartition("_")[2].rpartition(".")[2]
        found: SpanStatus = "error" if word in {"ERROR", "2"} else "unset"
        return ("ok" if word in {"OK", "1"} else found), message
    return _STATUSES.get(fitting.count(code), "unset"), message

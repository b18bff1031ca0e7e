"""Reads Copilot's OTel file: the model calls and the tool spans of one session.

Only ``chat`` spans carry usage that may be added up. ``invoke_agent`` spans repeat the sum of
their calls, and metrics are running totals written again and again: neither is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.buckets import Buckets
from benchwire.producer.importers.copilot import tokens

RESPONSE_ID_CHARS_MAX: Final = 128
"""Longer response ids are opaque state of the provider, not names; they are not recorded."""


@dataclass(slots=True)
class ModelCall:
    """One call of a model, from a chat span or an ``assistant.usage`` record."""

    buckets: Buckets
    model: str | None = None
    turn_id: str | None = None
    interaction_id: str | None = None
    request_id: str | None = None
    started_us: int | None = None
    server_ms: float | None = None
    first_token_ms: float | None = None
    finish_reason: str | None = None
    response_id: str | None = None
    context_tokens: int | None = None
    context_limit_tokens: int | None = None
    failed: bool = False


@dataclass(slots=True)
class OtelFacts:
    """What one OTel file says about one session."""

    calls: list[ModelCall] = field(default_factory=list[ModelCall])
    tool_ms: dict[str, float] = field(default_factory=dict[str, float])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    trace_id: str | None = None
    provider: str | None = None
    n_foreign: int = 0
    """Spans of other sessions, left out."""


class OtelReader:
    """Takes the records of an OTel file and keeps what belongs to one session.

    A span belongs to the session if it names it, if it shares a trace with a span that does
    (sub-agents converse under ids of their own), or if it names no session at all.
    """

    def __init__(self, session_id: str | None) -> None:
        self._session_id = session_id
        self._facts = OtelFacts()
        self._doubtful: dict[object, list[dict[str, Any]]] = {}
        self._own_traces: set[object] = set()

    def add(self, record: dict[str, Any]) -> None:
        """Take one record of the file."""
        if record.get("type") != "span":
            return
        attributes = fitting.mapping(record.get("attributes"))
        resource = fitting.mapping(fitting.mapping(record.get("resource")).get("attributes"))
        said = (attributes.get("gen_ai.conversation.id"), resource.get("copilot.session_id"))
        owners = {owner for one in said if (owner := _id(one)) is not None}
        trace = _id(record.get("traceId"))
        if owners and self._session_id is not None:
            if self._session_id in owners:
                self._own_traces.add(trace)
            elif trace not in self._own_traces:
                self._doubtful.setdefault(trace, []).append(_slim(record))
                return
        self._take(record, attributes, resource)

    @property
    def found(self) -> OtelFacts:
        """What was found so far; it grows."""
        return self._facts

    def facts(self) -> OtelFacts:
        """What was found, once the whole file was read."""
        for trace, spans in self._doubtful.items():
            if trace not in self._own_traces:
                self._facts.n_foreign += len(spans)
                continue
            for span in spans:
                self._take(span, fitting.mapping(span.get("attributes")), {})
        self._doubtful.clear()
        return self._facts

    def _take(
        self, span: dict[str, Any], attributes: dict[str, Any], resource: dict[str, Any]
    ) -> None:
        facts = self._facts
        for key, value in resource.items():
            if key.startswith("copilot.") and isinstance(value, str | int):
                facts.labels.setdefault(key.removeprefix("copilot."), str(value))
        operation = attributes.get("gen_ai.operation.name")
        if operation == "chat":
            facts.calls.append(_model_call(span, attributes))
            facts.provider = facts.provider or fitting.name(attributes.get("gen_ai.provider.name"))
        elif operation == "execute_tool":
            call_id, duration_ms = attributes.get("gen_ai.tool.call.id"), _duration_ms(span)
            if isinstance(call_id, str) and duration_ms is not None:
                facts.tool_ms[call_id] = duration_ms
        elif operation == "invoke_agent" and facts.trace_id is None:
            facts.trace_id = _trace_id(span.get("traceId"))


def _slim(span: dict[str, Any]) -> dict[str, Any]:
    """The span without its bulky parts, to be kept until its owner is known."""
    attributes = fitting.mapping(span.get("attributes"))
    bulky = ("gen_ai.tool.definitions", "gen_ai.input.messages", "gen_ai.output.messages")
    slim = {key: value for key, value in attributes.items() if key not in bulky}
    return {**span, "attributes": slim, "resource": {}}


def _model_call(span: dict[str, Any], attributes: dict[str, Any]) -> ModelCall:
    buckets = tokens.from_inclusive(
        total_input=attributes.get("gen_ai.usage.input_tokens"),
        cache_read=attributes.get(
            "gen_ai.usage.cache_read.input_tokens",
            attributes.get("gen_ai.usage.cache_read_input_tokens"),
        ),
        cache_write=attributes.get(
            "gen_ai.usage.cache_creation.input_tokens",
            attributes.get("gen_ai.usage.cache_creation_input_tokens"),
        ),
        output=attributes.get("gen_ai.usage.output_tokens"),
        reasoning=attributes.get("gen_ai.usage.reasoning.output_tokens"),
    )
    buckets.nano_aiu = fitting.nano_aiu(attributes.get("github.copilot.nano_aiu"))
    reasons = fitting.items(attributes.get("gen_ai.response.finish_reasons"))
    response_id = fitting.name(attributes.get("gen_ai.response.id"))
    window = _last_usage_info(span)
    return ModelCall(
        buckets=buckets,
        model=fitting.name(
            attributes.get("gen_ai.response.model") or attributes.get("gen_ai.request.model")
        ),
        turn_id=_id(attributes.get("github.copilot.turn_id")),
        interaction_id=_id(attributes.get("github.copilot.interaction_id")),
        request_id=_id(attributes.get("github.copilot.service_request_id")),
        started_us=_instant_us(span.get("startTime")),
        server_ms=fitting.real(attributes.get("github.copilot.server_duration")),
        first_token_ms=fitting.milliseconds(attributes.get("gen_ai.response.time_to_first_chunk")),
        finish_reason=fitting.name(reasons[-1]) if reasons else None,
        response_id=response_id if len(response_id or "") <= RESPONSE_ID_CHARS_MAX else None,
        context_tokens=fitting.tokens(window.get("github.copilot.current_tokens")),
        context_limit_tokens=fitting.tokens(window.get("github.copilot.token_limit")),
        failed=fitting.mapping(span.get("status")).get("code") == _STATUS_ERROR,
    )


_STATUS_ERROR: Final = 2


def _last_usage_info(span: dict[str, Any]) -> dict[str, Any]:
    """Attributes of the last usage_info event; newer exporters prefix them, older do not."""
    found: dict[str, Any] = {}
    for event in _events(span):
        if str(event.get("name", "")).endswith("usage_info"):
            found = fitting.mapping(event.get("attributes"))
    return {
        key if key.startswith("github.copilot.") else f"github.copilot.{key}": value
        for key, value in found.items()
    }


def _events(span: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for event in fitting.items(span.get("events")):
        yield fitting.mapping(event)


def _id(value: object) -> str | None:
    """An id for joining; turn ids are numbers in some versions and text in others."""
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, str | int) and value != "" else None


def _instant_us(value: object) -> int | None:
    """Microseconds since 1970 from ``[seconds, nanoseconds]``."""
    parts = fitting.items(value)
    if len(parts) != 2 or not all(isinstance(part, int) for part in parts):  # noqa: PLR2004
        return None
    whole_us = timestamps.instant_us_of_seconds(parts[0])
    return None if whole_us is None else whole_us + max(0, min(int(parts[1]), 10**9)) // 1000


def _duration_ms(span: dict[str, Any]) -> float | None:
    start, end = _instant_us(span.get("startTime")), _instant_us(span.get("endTime"))
    return None if start is None or end is None or end < start else (end - start) / 1000


def _trace_id(value: object) -> str | None:
    if not isinstance(value, str) or len(value) != 32:  # noqa: PLR2004
        return None
    lower = value.lower()
    return lower if set(lower) <= set("0123456789abcdef") and set(lower) != {"0"} else None

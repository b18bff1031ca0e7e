"""Indexes spans by trace: spans of one trace come in any order, from any file of a directory.

Exporters write a span when it ends, children before parents, and traces interleave. So all spans
are read once and written to a temporary file, and the few facts that say what each is to a
temporary database. In memory is what one trace has of them, while it is translated.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from benchwire.producer.importers import fitting
from benchwire.producer.importers.otel import tokens
from benchwire.producer.importers.otel.entries import Entries, Entry, Extent
from benchwire.producer.importers.otel.naming import (
    agent_id,
    agent_name,
    tool_call_id,
    tool_name,
)
from benchwire.producer.importers.otel.operations import role_of
from benchwire.producer.importers.otel.span import (
    Item,
    LogEvent,
    Span,
    SpanEvent,
    TraceNote,
    Untranslated,
)
from benchwire.producer.importers.otel.spellings import first
from benchwire.producer.importers.otel.spool import Spool


class Trace:
    """The spans of one trace found so far, of which the index keeps the entries."""

    def __init__(self, trace_id: str, number: int, entries: Entries) -> None:
        self.trace_id = trace_id
        self.number = number
        """Names it among the entries."""
        self.attributes: dict[str, Any] = {}
        """What a source says of the trace as a whole."""
        self._entries = entries

    def entries(self) -> dict[str, Entry]:
        """What is known of its spans, by span id."""
        return self._entries.of_trace(self.number)


class TraceIndex:
    """All traces of some files, with their spans in a spool."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._entries = Entries()
        self._traces: dict[str, Trace] = {}
        self.untranslated = Counter[str]()
        """Records that nothing is made of, by kind."""

    def add(self, item: Item) -> None:
        """Take up what a file holds."""
        match item:
            case Span():
                self._add_span(item)
            case LogEvent():
                place = self._spool.write(_encoded(item.event))
                self._entries.put_log(self._trace(item.trace_id).number, item.span_id, place)
            case TraceNote():
                self._trace(item.trace_id).attributes.update(item.attributes)
            case Untranslated():
                self.untranslated[item.kind] += item.count

    def _add_span(self, span: Span) -> None:
        encoded = _encoded(span)
        entry = _entry(span, encoded)
        trace_no = self._trace(span.trace_id).number
        known = self._entries.known(trace_no, span.span_id)
        if known is None or known.rank < entry.rank:
            entry.offset = self._spool.write(encoded).offset
            self._entries.put(trace_no, entry)

    def _trace(self, trace_id: str) -> Trace:
        if trace_id not in self._traces:
            self._traces[trace_id] = Trace(trace_id, len(self._traces), self._entries)
        return self._traces[trace_id]

    def traces(self) -> list[tuple[Trace, Extent]]:
        """The traces that have spans, in the order in which they began."""
        traces = list(self._traces.values())
        found = [(traces[extent.trace_no], extent) for extent in self._entries.extents()]
        return sorted(found, key=lambda one: (one[1].began_us, one[0].trace_id))

    def span(self, trace: Trace, entry: Entry) -> Span:
        """A span with all that belongs to it."""
        span = msgspec.json.decode(self._spool.read(entry.place), type=Span)
        for place in self._entries.logs(trace.number, entry.span_id):
            span.events.append(msgspec.json.decode(self._spool.read(place), type=SpanEvent))
        return span


def _entry(span: Span, encoded: bytes) -> Entry:
    attributes = span.attributes
    entry = Entry(
        span_id=span.span_id,
        parent_id=span.parent_id,
        start_us=span.start_us,
        end_us=span.end_us,
        role=role_of(attributes),
        errored=span.status == "error" or first(attributes, ("error.type",)) is not None,
        says_tokens=tokens.says_tokens(attributes),
        digest=hashlib.sha256(encoded).digest(),
        offset=0,
        size_bytes=len(encoded),
    )
    if entry.role == "tool":
        entry.identity, entry.name = tool_call_id(span), tool_name(span)
    elif entry.role == "agent":
        entry.identity, entry.name = agent_id(span), agent_name(span)
    return entry


def content_sha256(entries: Iterable[Entry]) -> str:
    """Digest of spans, whatever the order and the files they came in."""
    digests = sorted(entry.digest for entry in entries)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _encoded(value: Span | SpanEvent) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeError, RecursionError, msgspec.MsgspecError):
        pass  # integers beyond 64 bits, lone surrogates, or nested too deep
    value.attributes = fitting.document(value.attributes) or {}
    if isinstance(value, Span):
        value.resource = fitting.document(value.resource) or {}
        value.events = [
            SpanEvent(event.name, fitting.document(event.attributes) or {})
            for event in value.events
        ]
    return msgspec.json.encode(value)

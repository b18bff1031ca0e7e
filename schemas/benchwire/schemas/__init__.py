"""The vocabulary of Benchwire: events, their payloads, the wire codec and redaction."""

from benchwire.schemas.errors import BenchwireError, InvalidEvent
from benchwire.schemas.event import EVENT_TYPES, PAYLOADS, BenchmarkEvent, Envelope, EventType

__all__ = [
    "EVENT_TYPES",
    "PAYLOADS",
    "BenchmarkEvent",
    "BenchwireError",
    "Envelope",
    "EventType",
    "InvalidEvent",
]

"""What the telemetry says of itself: a stream's end, its losses, its pulse."""

from typing import Literal

from benchwire.schemas.limits import U64, Count, Items, JsonObject, Name, Names, Text
from benchwire.schemas.payload import Payload


class EmitterStop(Payload):
    """The last event of an epoch: proves that everything before it arrived."""

    n_events: U64
    """Sequence numbers used before this event, lost ones included; equals its own ``seq``."""
    checksum: U64
    """Sum modulo 2⁶⁴ of the ``payload_hash`` of the stored events before this one."""
    sealed_by: Literal["close", "recovery"]
    """``close``: by the emitter itself. ``recovery``: by a drain, for a writer that died."""


class SeqRange(Payload):
    """Consecutive sequence numbers, both ends included."""

    first_seq: U64
    """First of the range."""
    last_seq: U64
    """Last of the range."""


class TelemetryLoss(Payload):
    """Events that were lost, declared so that the account still balances."""

    ranges: Items[SeqRange]
    """Sequence numbers that carry no event."""
    event_types: Names | None = None
    """Types of the lost events."""
    reason: Name
    """``disk_full``, ``invalid``, ``too_large``, ``journal_error``, …"""
    detail: Text | None = None
    """What was reported."""


class Heartbeat(Payload):
    """The run is alive, though nothing else happens."""

    phase: Name | None = None
    """What it is doing: ``setup``, ``agent``, ``verify``, …"""
    events_emitted: U64 | None = None
    """Events emitted so far by this emitter."""
    turn: Count | None = None
    """Turn under way."""
    extra: JsonObject | None = None
    """What the runner adds."""

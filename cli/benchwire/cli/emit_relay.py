"""Put events that `benchwire emit` read into the journal, each under its own run and emitter."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from benchwire.producer.emitter import Emitter
from benchwire.producer.event_lines import SimpleEvent
from benchwire.producer.producer import Producer
from benchwire.producer.run_identity import RunIdentity
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import BenchmarkEvent
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.hashing import payload_hash

OPEN_MAX = 200
"""Emitters open at a time; each holds a file. The one unused longest is closed for another."""

SHARED = (
    "experiment_id",
    "job_id",
    "policy_id",
    "task_id",
    "cfg_hash",
    "env_hash",
    "seed",
    "trace_id",
    "span_id",
)
"""Envelope fields that all events of an emitter's epoch have in common."""


@dataclass(slots=True)
class _WireStream:
    emitter: Emitter
    next_seq: int = 0
    stopped: bool = False


class EmitRelay:
    """Emits into one producer; `close` ends every emitter's record."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._simple: OrderedDict[tuple[RunIdentity, str], Emitter] = OrderedDict()
        self._wire: OrderedDict[tuple[str, str, int], _WireStream] = OrderedDict()
        self.run_ids: set[str] = set()

    def emit(self, event: SimpleEvent | BenchmarkEvent) -> str | None:
        """Journal one event and return its id; None when it was lost (full disk)."""
        if isinstance(event, SimpleEvent):
            event_id = self._emit_simple(event)
            self.run_ids.add(event.identity.run_id)
        else:
            event_id = self._emit_wire(event)
            self.run_ids.add(event.run_id)
        return event_id

    def close(self) -> None:
        """End the record of every emitter still open."""
        for emitter in self._simple.values():
            emitter.close()
        for stream in self._wire.values():
            _end(stream)
        self._simple.clear()
        self._wire.clear()

    def _emit_simple(self, event: SimpleEvent) -> str | None:
        key = (event.identity, event.emitter)
        emitter = self._simple.get(key)
        if emitter is None:
            emitter = self._producer.open_emitter(event.identity, event.emitter)
            self._simple[key] = emitter
            if len(self._simple) > OPEN_MAX:
                self._simple.popitem(last=False)[1].close()
        else:
            self._simple.move_to_end(key)
        return emitter.emit(event.event_type, event.data, step_id=event.step_id, ts=event.ts)

    def _emit_wire(self, event: BenchmarkEvent) -> str | None:
        """Emit a wire line under the very identity it came with, or refuse it."""
        stream = self._wire_stream(event)
        if stream.stopped or event.seq != stream.next_seq:
            raise InvalidEvent(
                "invalid_field",
                f"seq: {event.seq} where {stream.next_seq} follows for this emitter and epoch",
                hint="send the wire lines of an emitter's epoch whole and in order, from seq 0",
            )
        fields = event.data.model_dump(exclude_none=True)
        if payload_hash(encode_payload(event.event_type, fields)) != event.payload_hash:
            raise InvalidEvent(
                "invalid_field",
                "data: this version would write it in another form",
                hint="send the event without event_id and payload_hash, as a new one",
            )
        event_id = stream.emitter.emit(event.event_type, fields, step_id=event.step_id, ts=event.ts)
        stream.next_seq += 1
        stream.stopped = event.event_type == "emitter_stop"
        return event_id

    def _wire_stream(self, event: BenchmarkEvent) -> _WireStream:
        key = (event.run_id, event.emitter, event.epoch)
        stream = self._wire.get(key)
        if stream is None:
            shared: dict[str, Any] = {name: getattr(event, name) for name in SHARED}
            identity = RunIdentity(run_id=event.run_id, **shared)
            emitter = self._producer.open_emitter(identity, event.emitter, epoch=event.epoch)
            stream = self._wire[key] = _WireStream(emitter)
        if _differs(stream.emitter.identity, event):
            raise InvalidEvent(
                "mixed_message", "the envelope differs from this emitter's earlier lines"
            )
        return stream


def _differs(identity: RunIdentity, event: BenchmarkEvent) -> bool:
    return any(getattr(identity, name) != getattr(event, name) for name in SHARED)


def _end(stream: _WireStream) -> None:
    if stream.stopped:
        # Its last line was its end; a second end would be one event too many.
        stream.emitter.leave_for_recovery()
    else:
        stream.emitter.close()

"""Emits for one run, past its meter; what cannot be emitted is declared lost, never raised."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from benchwire.producer.emitter import Emitter
from benchwire.producer.producer import Producer
from benchwire.producer.run import Run
from benchwire.producer.runner.meter import RunMeter
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import EventType
from benchwire.schemas.failure import Failure, FailureRoot
from benchwire.schemas.payload import Payload

Part = Literal["runner", "agent", "verifier"]
"""The emitters of a trial."""
UNKNOWN_TYPE: Final = "unknown"
"""Event type of a lost event that said none."""


class TrialRecorder:
    """What the parts of a trial emit through."""

    def __init__(self, producer: Producer, run: Run, meter: RunMeter) -> None:
        self.run = run
        self.redactor = producer.redactor
        self.meter = meter

    def emit(
        self,
        part: str,
        event_type: EventType,
        payload: Payload | Mapping[str, Any],
        *,
        step_id: str | None = None,
        ts: datetime | str | None = None,
    ) -> str | None:
        """Emit an event under a part's emitter; its id, or None if it was lost."""
        try:
            return self.emit_valid(part, event_type, payload, step_id=step_id, ts=ts)
        except InvalidEvent as error:
            self.lose(part, event_type, error.reason, str(error))
            return None

    def emit_valid(
        self,
        part: str,
        event_type: EventType,
        payload: Payload | Mapping[str, Any],
        *,
        step_id: str | None = None,
        ts: datetime | str | None = None,
    ) -> str | None:
        """Emit an event whose author wants to know what is wrong with it.

        Raises:
            InvalidEvent: It breaks the contract; nothing was recorded.
        """
        if step_id is not None:
            step_id = self.redactor.identifier(step_id)
        event_id = self._emitter(part).emit(event_type, payload, step_id=step_id, ts=ts)
        self.meter.see(event_type, payload)
        return event_id

    def fail(self, part: Part, root: FailureRoot, message: str, **more: Any) -> None:
        """Emit a failure."""
        self.emit(part, "failure", Failure(root=root, message=message or None, **more))

    def lose(self, part: str, event_type: str, reason: str, detail: str) -> None:
        """Declare an event that cannot be recorded."""
        kind = "too_large" if reason == "too_large" else "invalid"
        said = self.redactor.text(detail)
        self._emitter(part).lose(event_type, kind, said)
        self.meter.lose(said)

    def _emitter(self, part: str) -> Emitter:
        name = self.redactor.identifier(part)  # agents choose names of emitters, too
        return self.run.main if name == "runner" else self.run.emitter(name)

"""Records one run: its start, what happens in it, and how it ends."""

import contextlib
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from benchwire.producer.durability import Durability
from benchwire.producer.emitter import Emitter
from benchwire.producer.exceptions import failure_of, stop_of
from benchwire.producer.run_identity import RunIdentity
from benchwire.producer.tool_call import ToolCallRecorder
from benchwire.schemas.errors import BenchwireError, InvalidEvent
from benchwire.schemas.event import EVENT_TYPE_OF
from benchwire.schemas.payload import Payload
from benchwire.schemas.timestamps import wire_timestamp

if TYPE_CHECKING:
    from typing import Unpack

    from benchwire.producer.producer import Producer
    from benchwire.schemas.fields import (
        ContextDecisionFields,
        FailureFields,
        HeartbeatFields,
        OptimizerUpdateFields,
        RunStopFields,
        StepFields,
        VerdictFields,
    )

DURABLE_POLL_SECONDS: Final = 0.02


class RunStopped(BenchwireError):  # noqa: N818 - a fact about the run
    """A run was stopped twice."""


class Run:
    """One attempt of one trial, as a context manager, for sync and async code.

    Entering emits ``run_start``. Leaving emits ``run_stop`` unless :meth:`stop` did, and ends
    the run's emitters. An exception becomes a ``failure`` and a ``run_stop`` with status
    ``harness_error`` (``cancelled`` for an interrupt or cancellation), and goes on.

    Every method that emits returns the event's id, or None if the event was lost. A forked
    child may emit for the run; only the process that entered it starts and stops it.
    """

    def __init__(
        self,
        producer: "Producer",
        identity: RunIdentity,
        emitter: str,
        start: Mapping[str, Any],
    ) -> None:
        self._producer = producer
        self._start = start
        self._lock = threading.RLock()
        self._emitters: dict[str, Emitter] = {}
        self._entered_at = 0.0
        self._stopped = False
        self._is_child = False
        self._open = False
        self._quiet_since = (0, 0.0)
        self.identity = identity
        """The envelope fields of the run."""
        self.phase: str | None = None
        """What the run does at present, as its heartbeats say."""
        self.main = self.emitter(emitter)
        """The emitter of the run itself."""

    @property
    def run_id(self) -> str:
        """The run's UUID."""
        return self.identity.run_id

    def __enter__(self) -> Self:
        self._entered_at = time.monotonic()
        self._quiet_since = (0, self._entered_at)
        self.main.emit("run_start", self._start)
        self._open = True
        self._producer.run_entered(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._is_child:
                return
            if error is not None:
                with contextlib.suppress(BenchwireError):
                    self._record_failure(error)
            elif not self._stopped:
                self.stop()
        finally:
            self._leave()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def emitter(self, name: str) -> Emitter:
        """The emitter of a part of the run: ``agent``, ``verifier``, …; ended with the run."""
        with self._lock:
            if name not in self._emitters:
                self._emitters[name] = self._producer.open_emitter(self.identity, name)
            return self._emitters[name]

    def emit(
        self, payload: Payload, *, step_id: str | None = None, ts: datetime | str | None = None
    ) -> str | None:
        """Emit any payload model."""
        event_type = EVENT_TYPE_OF.get(type(payload))
        if event_type is None:
            raise InvalidEvent("unknown_event_type", f"{type(payload).__name__} is no payload")
        return self.main.emit(event_type, payload, step_id=step_id, ts=ts)

    def step(
        self,
        *,
        step_id: str | None = None,
        ts: datetime | str | None = None,
        **fields: "Unpack[StepFields]",
    ) -> str | None:
        """Emit an entry of the trajectory."""
        return self.main.emit("step", fields, step_id=step_id, ts=ts)

    def tool_call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        step_id: str | None = None,
        **fields: Any,
    ) -> ToolCallRecorder:
        """Record a tool call: a context manager around it; further fields as in ``ToolCall``."""
        values: dict[str, Any] = {"name": name, **fields}
        if arguments is not None:
            values["arguments"] = dict(arguments)
        return ToolCallRecorder(self._emit_tool_call, self._producer.redactor, values, step_id)

    def context_decision(
        self, *, step_id: str | None = None, **fields: "Unpack[ContextDecisionFields]"
    ) -> str | None:
        """Emit a pruning, compaction or truncation."""
        return self.main.emit("context_decision", fields, step_id=step_id)

    def failure(
        self, *, step_id: str | None = None, **fields: "Unpack[FailureFields]"
    ) -> str | None:
        """Emit a failure and its analysis."""
        return self.main.emit("failure", fields, step_id=step_id)

    def verdict(self, **fields: "Unpack[VerdictFields]") -> str | None:
        """Emit a grading; ``graded_at`` is now unless given."""
        return self.main.emit("verdict", {"graded_at": wire_timestamp(), **fields})

    def optimizer_update(self, **fields: "Unpack[OptimizerUpdateFields]") -> str | None:
        """Emit what an optimiser suggests."""
        return self.main.emit("optimizer_update", fields)

    def heartbeat(self, **fields: "Unpack[HeartbeatFields]") -> str | None:
        """Emit a sign of life; the producer does so by itself when a run is silent."""
        known = {"events_emitted": self.main.events_journaled, "phase": self.phase}
        values = {name: value for name, value in known.items() if value is not None}
        return self.main.emit("heartbeat", {**values, **fields})

    def stop(self, **fields: "Unpack[RunStopFields]") -> str | None:
        """Emit ``run_stop``; the status is ``ok`` unless given.

        Raises:
            RunStopped: The run was stopped before.
        """
        with self._lock:
            if self._stopped:
                raise RunStopped(f"run {self.run_id} is stopped", hint="stop a run once")
            values: dict[str, Any] = {
                "status": "ok",
                "duration_ms": (time.monotonic() - self._entered_at) * 1e3,
                "emitters": self._emitters_opened(),
                **fields,
            }
            event_id = self.main.emit("run_stop", values)
            self._stopped = True
            return event_id

    def durable(self, timeout_seconds: float = 0) -> Durability:
        """Tell how far the run is; wait for the last stage, at most so long."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            durability = self._durability(max(deadline - time.monotonic(), 0.2))
            if durability.stored or time.monotonic() >= deadline:
                return durability
            time.sleep(DURABLE_POLL_SECONDS)

    def beat(self, now: float, silence_seconds: float) -> None:
        """Emit a heartbeat if nothing was emitted for so long. For the publisher's thread."""
        with self._lock:
            journaled = sum(emitter.events_journaled for emitter in self._emitters.values())
            if journaled != self._quiet_since[0]:
                self._quiet_since = (journaled, now)
            elif self._open and now - self._quiet_since[1] >= silence_seconds:
                with contextlib.suppress(BenchwireError):
                    self.heartbeat()
                self._quiet_since = (journaled + 1, now)

    def after_fork_in_child(self) -> None:
        """The run goes on in the parent; the child only emits for it."""
        self._lock = threading.RLock()
        self._is_child = True
        self._open = False

    def _emit_tool_call(self, fields: dict[str, Any], step_id: str | None) -> str | None:
        return self.main.emit("tool_call", fields, step_id=step_id)

    def _emitters_opened(self) -> list[dict[str, Any]]:
        return [
            {"emitter": name, "epoch": epoch}
            for name, emitter in self._emitters.items()
            for epoch in emitter.all_epochs
        ]

    def _durability(self, timeout_seconds: float) -> Durability:
        with self._lock:
            emitters = list(self._emitters.values())
        journaled = sum(emitter.events_journaled for emitter in emitters)
        lost = sum(emitter.events_lost for emitter in emitters)
        acknowledged, stream_seq = self._producer.acknowledged_of_run(self.run_id)
        complete = journaled > 0 and acknowledged >= journaled
        stored_up_to = self._producer.stored_up_to(timeout_seconds) if complete else None
        return Durability(
            journaled=lost == 0,
            acknowledged=complete,
            stored=stored_up_to is not None and stored_up_to >= stream_seq,
            events_journaled=journaled,
            events_acknowledged=min(acknowledged, journaled),
            events_lost=lost,
        )

    def _record_failure(self, error: BaseException) -> None:
        self.main.emit("failure", failure_of(error, self._producer.redactor))
        if not self._stopped:
            self.stop(**stop_of(error))

    def _leave(self) -> None:
        with self._lock:
            self._open = False
            for emitter in self._emitters.values():
                emitter.close()
        self._producer.run_left(self)

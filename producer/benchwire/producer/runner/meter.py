"""What one running trial has used so far, and how it is told to stop; shared between threads."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from benchwire.schemas.event import EventType
from benchwire.schemas.payload import Payload

Phase = Literal["waiting", "workspace", "setup", "agent", "diff", "verify", "collect", "ended"]
"""What a trial is doing, in this order."""
CancelKind = Literal["command", "budget", "interrupt"]
"""Who stops a trial: ``benchwire stop``, a budget, or the person at the terminal."""

_PROMPT_AND_ANSWER: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
)
_SPENDING: Final = frozenset({"step", "context_decision"})
"""Event types whose usage adds up; ``run_stop`` replaces the sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """What a meter shows at one moment. ``None`` is unknown, never 0."""

    phase: Phase
    events: int
    steps: int
    tool_calls: int
    tool_failures: int
    failures: int
    events_lost: int
    """Events that could not be recorded and were declared lost."""
    first_loss: str | None
    """What was wrong with the first of them; secrets removed."""
    tokens: int | None
    """Input, cache read, cache write and output together."""
    nano_aiu: int | None
    seconds: float
    """Since the trial began; stands still once it has ended."""
    silent_seconds: float
    """Since its last event, or since it began."""


class RunMeter:
    """Counts the events of one run as they are emitted. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._phase: Phase = "waiting"
        self._counts = dict.fromkeys(("events", "step", "tool_call", "failure"), 0)
        self._tool_failures = 0
        self._events_lost = 0
        self._first_loss: str | None = None
        self._tokens: int | None = None
        self._nano_aiu: int | None = None
        self._began = self._last_event = time.monotonic()
        self._ended: float | None = None

    def enter(self, phase: Phase) -> None:
        """Note what the trial does now; time counts from the first phase to ``ended``."""
        with self._lock:
            now = time.monotonic()
            if self._phase == "waiting":
                self._began = self._last_event = now
            self._phase = phase
            self._ended = now if phase == "ended" else None

    def see(self, event_type: EventType, payload: Payload | Mapping[str, Any]) -> None:
        """Count an event that was emitted."""
        usage = _field(payload, "usage")
        with self._lock:
            self._last_event = time.monotonic()
            self._counts["events"] += 1
            if event_type in self._counts:
                self._counts[event_type] += 1
            self._tool_failures += event_type == "tool_call" and _field(payload, "failed") is True
            if event_type in _SPENDING:
                self._add(usage)
            elif event_type == "run_stop" and usage is not None:
                self._tokens = self._nano_aiu = None
                self._add(usage)

    def lose(self, detail: str) -> None:
        """Count an event that could not be recorded."""
        with self._lock:
            self._events_lost += 1
            self._first_loss = self._first_loss or detail

    def spend(self, usage: Payload | Mapping[str, Any] | None) -> None:
        """Add usage that comes with no event of its own."""
        with self._lock:
            self._add(usage)

    def spent_at_least(self, nano_aiu: int) -> None:
        """Take up a running total that the agent declares."""
        with self._lock:
            self._nano_aiu = max(nano_aiu, self._nano_aiu or 0)

    def read(self) -> MeterReading:
        """What it shows now."""
        with self._lock:
            now = self._ended if self._ended is not None else time.monotonic()
            return MeterReading(
                phase=self._phase,
                events=self._counts["events"],
                steps=self._counts["step"],
                tool_calls=self._counts["tool_call"],
                tool_failures=self._tool_failures,
                failures=self._counts["failure"],
                events_lost=self._events_lost,
                first_loss=self._first_loss,
                tokens=self._tokens,
                nano_aiu=self._nano_aiu,
                seconds=now - self._began,
                silent_seconds=now - self._last_event,
            )

    def _add(self, usage: Any) -> None:
        for name in _PROMPT_AND_ANSWER:
            amount = _field(usage, name)
            if amount is not None:
                self._tokens = (self._tokens or 0) + amount
        cost = _field(usage, "nano_aiu")
        if cost is not None:
            self._nano_aiu = (self._nano_aiu or 0) + cost


class Cancellation:
    """Asks one trial to stop. The first who asks is recorded as the reason. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._at_once = threading.Event()
        self._kind: CancelKind | None = None
        self._reason = ""

    def ask(self, kind: CancelKind, reason: str, *, at_once: bool = False) -> None:
        """Stop the trial: its agent gets a moment to end by itself, or none (``at_once``)."""
        with self._lock:
            if self._kind is None:
                self._kind, self._reason = kind, reason
            if at_once:
                self._at_once.set()
            self._asked.set()

    @property
    def asked(self) -> bool:
        """True once somebody asked."""
        return self._asked.is_set()

    @property
    def at_once(self) -> bool:
        """True if nothing may be waited for."""
        return self._at_once.is_set()

    @property
    def kind(self) -> CancelKind | None:
        """Who asked first."""
        return self._kind

    @property
    def reason(self) -> str:
        """What was said."""
        return self._reason

    def wait(self, seconds: float) -> bool:
        """Sleep, unless asked to stop; tells whether it was."""
        return self._asked.wait(seconds)


def _field(payload: object, name: str) -> Any:
    if isinstance(payload, Mapping):
        return payload.get(name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return getattr(payload, name, None)

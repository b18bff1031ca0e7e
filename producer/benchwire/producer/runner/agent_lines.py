"""Takes the events that an agent appends to the file named in ``BENCHWIRE_EVENTS``.

The lines are those of ``benchwire emit``, without the run's identity. What a line may not say, or
cannot be read, is declared lost (``telemetry_loss``) and named in ``events-refused.txt``; the trial
goes on.
"""

from pathlib import Path
from typing import Any, Final

from benchwire.producer.event_lines import LineReader
from benchwire.producer.event_lines import SimpleEvent as Event
from benchwire.producer.file_tail import FileTail
from benchwire.producer.runner.recorder import UNKNOWN_TYPE, TrialRecorder
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.run import RunStop

REFUSED_KEPT_MAX: Final = 1_000
"""Refused lines that are named one by one."""
EMITTERS_MAX: Final = 32
"""Emitters an agent may name; each keeps a file open."""
_OF_OTHERS: Final = {
    "run_start": "the runner starts the run",
    "verdict": "the verifier grades the run",
}
_OTHER_PARTS: Final = frozenset({"runner", "verifier", "import"})
TOTALS: Final = frozenset(
    {
        "usage",
        "total_tokens",
        "models",
        "nano_aiu_by_type",
        "api_time_ms",
        "requests",
        "premium_requests",
        "context",
        "turns",
        "messages",
        "user_messages",
        "warnings",
        "hooks",
        "compactions",
        "truncations",
        "tool_errors",
        "session_id",
        "early_stopped",
        "early_stop_reason",
        "error",
        "error_type",
    }
)
"""What an agent's ``run_stop`` may tell of itself; status, verdict and times are the runner's."""


class AgentLines:
    """Follows the agent's file and emits what it says."""

    def __init__(self, path: Path, recorder: TrialRecorder, refused: Path) -> None:
        self.totals: dict[str, Any] = {}
        """What the agent's ``run_stop`` lines declared, the last word counts."""
        self._recorder = recorder
        self._reader = LineReader(default_emitter="agent", run=recorder.run.identity)
        self._tail = FileTail(path)
        self._refused = refused
        self._emitters: set[str] = set()
        self.n_refused = 0
        """Lines that were refused."""

    def follow(self, *, to_end: bool = False) -> None:
        """Take what has come since the last time."""
        for number, line in self._tail.lines(to_end=to_end):
            if line is None:
                self._refuse(number, InvalidEvent("too_large", "the line is longer than 64 MiB"))
            elif line.strip():
                self._take(number, line.strip())

    def close(self) -> None:
        """Let go of the file."""
        self._tail.close()

    def _take(self, number: int, line: bytes) -> None:
        event_type = UNKNOWN_TYPE
        try:
            event = self._reader.read(line)
            event_type = event.event_type
            if not isinstance(event, Event):
                raise _not_simple()
            if event.event_type == "run_stop":
                self._declare(event)
            else:
                self._check(event)
                self._recorder.emit_valid(
                    event.emitter, event.event_type, event.data, step_id=event.step_id, ts=event.ts
                )
        except InvalidEvent as error:
            self._refuse(number, error, event_type)

    def _check(self, event: Event) -> None:
        if event.event_type in _OF_OTHERS:
            reason = _OF_OTHERS[event.event_type]
            raise InvalidEvent("invalid_field", f"event_type: {event.event_type}: {reason}")
        self._emitters.add(event.emitter)
        if event.emitter in _OTHER_PARTS or len(self._emitters) > EMITTERS_MAX:
            raise InvalidEvent(
                "invalid_field",
                "emitter: not one of the agent's",
                hint=f"leave it out, or use up to {EMITTERS_MAX} names of your own",
            )

    def _declare(self, event: Event) -> None:
        """Keep an agent's own totals for the run's ``run_stop``."""
        said = {name: value for name, value in event.data.items() if name in TOTALS}
        try:
            stop = RunStop.model_validate({"status": "ok", **said})
        except ValueError:
            raise InvalidEvent("invalid_field", "run_stop: totals of a wrong form") from None
        known = stop.model_dump(exclude_none=True, exclude={"status"})
        self.totals.update(known)
        self._recorder.meter.see("run_stop", {"usage": known.get("usage")})

    def _refuse(self, number: int, error: InvalidEvent, event_type: str = UNKNOWN_TYPE) -> None:
        text = f"line {number} of the agent's events: {error}"
        self._recorder.lose("agent", event_type, error.reason, text)
        self.n_refused += 1
        if self.n_refused > REFUSED_KEPT_MAX:
            return
        self._refused.parent.mkdir(parents=True, exist_ok=True)
        with self._refused.open("a", encoding="utf-8") as file:
            file.write(self._recorder.redactor.text(f"line {number}: {error}; {error.hint}\n"))


def _not_simple() -> InvalidEvent:
    return InvalidEvent(
        "invalid_field", "event_id, payload_hash: an agent's events get theirs from the runner"
    )

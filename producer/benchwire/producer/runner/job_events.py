"""What a job tells those who watch it: the live table, plain lines, lines of JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from benchwire.producer.runner.history import FinishedAttempt
from benchwire.producer.runner.meter import MeterReading
from benchwire.producer.runner.plan import PlannedTrial

StopKind = Literal["command", "budget", "interrupt"]
"""Why a job stops before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    """The job begins, or goes on."""

    experiment_id: str
    job_id: str
    trials: int
    """Trials of the plan."""
    done: dict[str, FinishedAttempt]
    """Trials that need no run any more, by name: they were finished by an earlier launch."""
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStarted:
    """An attempt begins."""

    trial: PlannedTrial
    attempt: int
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialProgress:
    """What a running attempt has used so far; comes about once a second."""

    trial: PlannedTrial
    attempt: int
    run_id: str
    meter: MeterReading


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFinished:
    """An attempt has ended."""

    trial: PlannedTrial
    result: FinishedAttempt
    tried_again: bool
    """True if another attempt follows at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStopping:
    """Running trials are cancelled, no other starts."""

    kind: StopKind
    reason: str
    at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished:
    """Nothing runs any more."""

    experiment_id: str
    job_id: str
    trials: int
    """Trials of the plan."""
    final: int
    """Trials that need no further run."""
    attempts: int
    """Attempts made by this launch."""
    events_lost: int
    """Events of these attempts that could not be recorded and were declared lost."""
    seconds: float
    stopped: StopKind | None
    """Why the job stopped before its end; None if it did not."""
    reason: str


JobEvent = JobStarted | TrialStarted | TrialProgress | TrialFinished | JobStopping | JobFinished
Observer = Callable[[JobEvent], None]
"""Called by one thread at a time, in order; it must not take long."""

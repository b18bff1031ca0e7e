"""One attempt of one trial, from workspace to verdict, every step of it an event."""

from dataclasses import dataclass
from pathlib import Path

from benchwire.producer.producer import Producer
from benchwire.producer.runner.experiment import Timeouts
from benchwire.producer.runner.meter import Cancellation, MeterReading, RunMeter
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.schemas.run import Outcome, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """How trials are run, whichever they are."""

    workspaces_dir: Path
    """Workspaces are made below it, one directory a run."""
    artifacts_dir: Path
    """What runs leave behind is kept below it, one directory a run."""
    keep: bool = False
    """Workspaces stay when their run has ended."""
    timeouts: Timeouts = Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """How an attempt ended."""

    run_id: str
    status: RunStatus
    outcome: Outcome
    score: float | None
    error: str | None
    """What went wrong, for people; secrets removed. None where the status is ok."""
    error_type: str | None
    meter: MeterReading
    """Totals as recorded."""
    seconds: float
    artifacts_dir: Path


def run_trial(  # noqa: PLR0913 - what belongs to one attempt
    producer: Producer,
    planned: PlannedTrial,
    *,
    run_id: str,
    attempt: int,
    settings: TrialSettings,
    meter: RunMeter,
    cancel: Cancellation,
) -> TrialReport:
    """Run one attempt and record it; whatever goes wrong in it is in the report, not raised.

    The caller's thread works until the attempt has ended; ``run_id`` is a new UUID of the
    caller's, so that it can be noted down before anything begins.

    Raises:
        InvalidEvent: An identifier of the plan is not valid.
    """
    raise NotImplementedError

"""What a trial is given beside its plan, and what it reports at its end."""

from dataclasses import dataclass, field
from pathlib import Path

from benchwire.producer.runner.limits import Timeouts
from benchwire.producer.runner.meter import MeterReading
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
    timeouts: Timeouts = field(default_factory=Timeouts)


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

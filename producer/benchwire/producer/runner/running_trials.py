"""The attempts of a job that are under way: what they spend, and how they are cancelled."""

from dataclasses import dataclass

from benchwire.producer.runner.budgets import BudgetKeeper, Exceeded
from benchwire.producer.runner.history import CancelledBy
from benchwire.producer.runner.job_events import TrialProgress
from benchwire.producer.runner.limits import Budgets
from benchwire.producer.runner.meter import CancelKind, Cancellation, RunMeter
from benchwire.producer.runner.plan import PlannedTrial

_KINDS: dict[CancelledBy, CancelKind] = {
    "command": "command",
    "interrupt": "interrupt",
    "job_budget": "budget",
    "run_budget": "budget",
}


@dataclass(slots=True)
class Running:
    """An attempt under way."""

    trial: PlannedTrial
    attempt: int
    meter: RunMeter
    cancel: Cancellation
    cancelled_by: CancelledBy | None = None


class RunningTrials:
    """Attempts by their run_id. For one thread at a time: the job's lock guards it."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = BudgetKeeper(budgets)
        self._running: dict[str, Running] = {}

    def add(self, run_id: str, running: Running) -> None:
        """An attempt begins."""
        self._running[run_id] = running
        self._budgets.started(run_id, running.meter)

    def remove(self, run_id: str) -> CancelledBy | None:
        """An attempt has ended; tells who cancelled it."""
        self._budgets.finished(run_id)
        return self._running.pop(run_id).cancelled_by

    def cancel(self, run_id: str, by: CancelledBy, reason: str, *, at_once: bool) -> bool:
        """Ask an attempt to stop; False if it is not under way. The first who asks is recorded."""
        running = self._running.get(run_id)
        if running is None:
            return False
        running.cancelled_by = running.cancelled_by or by
        running.cancel.ask(_KINDS[by], reason, at_once=at_once)
        return True

    def cancel_all(self, by: CancelledBy, reason: str, *, at_once: bool) -> None:
        """Ask all of them to stop."""
        for run_id in self._running:
            self.cancel(run_id, by, reason, at_once=at_once)

    def exceeded(self) -> list[Exceeded]:
        """Every budget that is used up now; the job's first."""
        return self._budgets.exceeded()

    def trials(self) -> dict[str, PlannedTrial]:
        """What runs now, by run_id."""
        return {run_id: running.trial for run_id, running in self._running.items()}

    def progress(self) -> list[TrialProgress]:
        """How far each of them is."""
        return [
            TrialProgress(
                trial=running.trial,
                attempt=running.attempt,
                run_id=run_id,
                meter=running.meter.read(),
            )
            for run_id, running in self._running.items()
        ]

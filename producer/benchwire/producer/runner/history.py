"""What a ledger says of a job: which trials were tried, how often, and which are done for good."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from benchwire.producer.runner.plan import TrialKey
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.run import Outcome, RunStatus

FINAL: Final[frozenset[RunStatus]] = frozenset({"ok", "agent_failed", "timed_out"})
"""How a trial ends for good. What the infrastructure or a person cut short is run again."""
CancelledBy = Literal["command", "job_budget", "run_budget", "interrupt"]
"""Who cut an attempt short."""


class LedgerDamaged(BenchwireError):  # noqa: N818 - a fact about the ledger
    """A line in the middle of a ledger is not what this program writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedAttempt:
    """How an attempt ended, as the ledger remembers it."""

    run_id: str
    attempt: int
    status: RunStatus
    outcome: Outcome
    tokens: int | None
    nano_aiu: int | None
    seconds: float
    cancelled_by: CancelledBy | None = None
    error: str | None = None
    events_lost: int = 0
    """Events that could not be recorded and were declared lost."""
    first_loss: str | None = None
    """What was wrong with the first of them."""

    @property
    def is_final(self) -> bool:
        """True if the trial needs no further attempt; a budget of its own is its own fault."""
        return self.status in FINAL or self.cancelled_by == "run_budget"


@dataclass(slots=True)
class TrialHistory:
    """What the ledger knows of one trial."""

    attempts: int = 0
    """The highest attempt that was started."""
    final: FinishedAttempt | None = None


@dataclass(slots=True)
class JobHistory:
    """What the ledger knows of a job."""

    launches: int = 0
    last_run_id: str | None = None
    """The run of the last attempt that was started."""
    last_trial: TrialKey | None = None
    """Its trial."""
    commands: set[str] = field(default_factory=set[str])
    """Ids of commands that were obeyed."""
    open_runs: set[str] = field(default_factory=set[str])
    """Runs that were started and whose end nobody noted."""
    trials: dict[TrialKey, TrialHistory] = field(default_factory=dict[TrialKey, TrialHistory])

    def of(self, key: TrialKey) -> TrialHistory:
        """History of one trial."""
        return self.trials.setdefault(key, TrialHistory())

    def take_up(self, record: dict[str, Any]) -> None:
        """Add one line of a ledger."""
        match record["record"]:
            case "launched":
                self.launches += 1
            case "command":
                self.commands.add(record["command_id"])
            case "started":
                self.last_run_id, self.last_trial = record["run_id"], _key(record)
                self.open_runs.add(record["run_id"])
                trial = self.of(self.last_trial)
                trial.attempts = max(trial.attempts, record["attempt"])
            case "finished":
                known: dict[str, Any] = {
                    name: record[name] for name in FinishedAttempt.__slots__ if name in record
                }
                attempt = FinishedAttempt(**known)
                self.open_runs.discard(attempt.run_id)
                if attempt.is_final:
                    self.of(_key(record)).final = attempt
            case _:
                pass  # A later version's; nothing here depends on it.


def read_history(path: Path) -> tuple[JobHistory, int]:
    """The history, and the length of its whole lines; a torn last line was never acted upon."""
    history, length = JobHistory(), 0
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        if not line.endswith(b"\n"):
            break
        try:
            history.take_up(json.loads(line))
        except (ValueError, KeyError, TypeError):
            raise LedgerDamaged(
                f"{path}: line {number} cannot be read", hint="start a new job (without --job)"
            ) from None
        length += len(line)
    return history, length


def _key(record: dict[str, Any]) -> TrialKey:
    return record["policy_id"], record["task_id"], record["trial_no"]

"""Keeps account of a running job for whoever shows it: counts, success so far, cost, time left."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchwire.producer.runner.history import FinishedAttempt
from benchwire.producer.runner.job_events import (
    JobEvent,
    JobFinished,
    JobStarted,
    JobStopping,
    TrialFinished,
    TrialProgress,
    TrialStarted,
)
from benchwire.producer.runner.meter import MeterReading
from benchwire.producer.runner.plan import PlannedTrial

Z: Final = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution, as in rpt_success_rates."""


@dataclass(slots=True)
class Tally:
    """Trials of one policy, or of all."""

    trials: int = 0
    done: int = 0
    """Trials that need no further run."""
    running: int = 0
    failed: int = 0
    """Attempts whose status was not ``ok``."""
    given_up: int = 0
    """Trials without a final run that this launch does not try again."""
    resolved: int = 0
    graded: int = 0
    tokens: int | None = None
    """Of finished attempts, earlier launches included; None while none is known."""
    nano_aiu: int | None = None

    def add(self, result: FinishedAttempt) -> None:
        """Take up a finished attempt."""
        self.failed += result.status != "ok"
        if result.is_final:
            self.done += 1
            self.graded += result.outcome != "ungraded"
            self.resolved += result.outcome == "resolved"
        self.spend(result.tokens, result.nano_aiu)

    def spend(self, tokens: int | None, nano_aiu: int | None) -> None:
        """Add what was used; what is unknown stays unknown."""
        if tokens is not None:
            self.tokens = (self.tokens or 0) + tokens
        if nano_aiu is not None:
            self.nano_aiu = (self.nano_aiu or 0) + nano_aiu

    @property
    def interval(self) -> tuple[float, float, float] | None:
        """Share of resolved among graded trials with its Wilson interval."""
        return wilson(self.resolved, self.graded)


@dataclass(slots=True)
class RunningTrial:
    """An attempt under way, as last heard of."""

    trial: PlannedTrial
    attempt: int
    began: float
    meter: MeterReading | None = None


@dataclass(slots=True)
class JobProgress:
    """The account of one launch; give it every event of the job, in order."""

    plan: Sequence[PlannedTrial]
    clock: Callable[[], float] = time.monotonic
    total: Tally = field(default_factory=Tally)
    policies: dict[str, Tally] = field(default_factory=dict[str, Tally])
    running: dict[str, RunningTrial] = field(default_factory=dict[str, RunningTrial])
    stopping: str | None = None
    """Why the job stops, once it does."""
    failures: Counter[str] = field(default_factory=Counter[str])
    """Attempts of this launch that were not ``ok``, by status and error."""
    first_loss: str | None = None
    """What was wrong with the first event of this launch that could not be recorded, and whose."""
    concurrency: int = 1
    began: float = 0.0
    _seconds: list[float] = field(default_factory=list[float])
    _events_lost: int = 0
    """Of attempts of this launch that have ended."""

    def see(self, event: JobEvent) -> None:
        """Take up an event."""
        match event:
            case JobStarted():
                self._start(event)
            case TrialStarted():
                self.running[event.run_id] = RunningTrial(event.trial, event.attempt, self.clock())
                self._count_running(event.trial.policy_id, 1)
            case TrialProgress() if event.run_id in self.running:
                self.running[event.run_id].meter = event.meter
                self._hear_of_loss(event.trial, event.meter.first_loss)
            case TrialFinished():
                self.running.pop(event.result.run_id, None)
                self._count_running(event.trial.policy_id, -1)
                self._add(event.trial.policy_id, event.result)
                self._end(event)
            case JobStopping():
                self.stopping = event.reason
            case TrialProgress() | JobFinished():
                pass

    def spent(self) -> tuple[int | None, int | None]:
        """Tokens and nano-AIU so far, running trials included."""
        sum_so_far = Tally(tokens=self.total.tokens, nano_aiu=self.total.nano_aiu)
        for running in self.running.values():
            if running.meter is not None:
                sum_so_far.spend(running.meter.tokens, running.meter.nano_aiu)
        return sum_so_far.tokens, sum_so_far.nano_aiu

    @property
    def events_lost(self) -> int:
        """Events of this launch that could not be recorded; they are declared lost."""
        meters = [running.meter for running in self.running.values() if running.meter is not None]
        return self._events_lost + sum(meter.events_lost for meter in meters)

    @property
    def seconds(self) -> float:
        """Since the launch."""
        return self.clock() - self.began

    @property
    def seconds_left(self) -> float | None:
        """Expected from the mean attempt of this launch; None before the first has ended."""
        if not self._seconds or self.stopping is not None:
            return None
        mean = sum(self._seconds) / len(self._seconds)
        now = self.clock()
        under_way = sum(min(now - running.began, mean) for running in self.running.values())
        to_end = self.total.trials - self.total.done - self.total.given_up
        return max(to_end * mean - under_way, 0.0) / max(min(self.concurrency, to_end), 1)

    def _start(self, event: JobStarted) -> None:
        self.began, self.concurrency = self.clock(), event.concurrency
        for trial in self.plan:
            self.policies.setdefault(trial.policy_id, Tally()).trials += 1
            self.total.trials += 1
            if trial.name in event.done:
                self._add(trial.policy_id, event.done[trial.name])

    def _end(self, event: TrialFinished) -> None:
        result = event.result
        self._seconds.append(result.seconds)
        self._events_lost += result.events_lost
        self._hear_of_loss(event.trial, result.first_loss)
        if result.status != "ok":
            self.failures[f"{result.status}: {result.error or 'no message'}"] += 1
        if not result.is_final and not event.tried_again:
            self.policies[event.trial.policy_id].given_up += 1
            self.total.given_up += 1

    def _hear_of_loss(self, trial: PlannedTrial, detail: str | None) -> None:
        if detail is not None and self.first_loss is None:
            self.first_loss = f"{trial.name}: {detail}"

    def _add(self, policy_id: str, result: FinishedAttempt) -> None:
        self.policies[policy_id].add(result)
        self.total.add(result)

    def _count_running(self, policy_id: str, change: int) -> None:
        self.policies[policy_id].running += change
        self.total.running += change


def wilson(resolved: int, graded: int) -> tuple[float, float, float] | None:
    """Share, and the ends of its 95 % interval; None without a graded trial.

    E. B. Wilson, Probable Inference, JASA 22, 1927; the same numbers as rpt_success_rates.
    """
    if graded == 0:
        return None
    share = resolved / graded
    scale = 1 + Z**2 / graded
    centre = share + Z**2 / (2 * graded)
    spread = Z * math.sqrt(share * (1 - share) / graded + Z**2 / (4 * graded**2))
    return share, max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)

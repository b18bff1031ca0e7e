"""Watches what a job and its runs spend, and says which limit is reached."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from benchwire.producer.runner.limits import Budget, Budgets
from benchwire.producer.runner.meter import MeterReading

NANO: Final = 1_000_000_000


class Meter(Protocol):
    """What a running trial has used so far."""

    def read(self) -> MeterReading:
        """What it shows now."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used; absent parts count as nothing here, for nothing else is known of them."""

    tokens: int = 0
    nano_aiu: int = 0
    seconds: float = 0.0

    def plus(self, other: "Spent") -> "Spent":
        """Both together; the longer time, for runs go on side by side."""
        return Spent(
            self.tokens + other.tokens,
            self.nano_aiu + other.nano_aiu,
            max(self.seconds, other.seconds),
        )


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that is reached."""

    run_id: str | None
    """The run it is about; None: the job."""
    reason: str
    """For the record: which limit, and what was spent."""


class BudgetKeeper:
    """Adds up finished runs, reads the meters of running ones. For one thread at a time."""

    def __init__(self, budgets: Budgets, clock: Callable[[], float] = time.monotonic) -> None:
        self._budgets = budgets
        self._clock = clock
        self._began = clock()
        self._running: dict[str, tuple[Meter, float]] = {}
        self._finished = Spent()

    def started(self, run_id: str, meter: Meter) -> None:
        """A run begins."""
        self._running[run_id] = (meter, self._clock())

    def finished(self, run_id: str) -> None:
        """A run has ended: what it used stays used, whatever became of it."""
        meter, _ = self._running.pop(run_id)
        self._finished = self._finished.plus(_spent(meter.read(), 0.0))

    def spent(self) -> Spent:
        """What the job has used so far, running trials included."""
        total = self._finished
        for meter, _ in self._running.values():
            total = total.plus(_spent(meter.read(), 0.0))
        return Spent(total.tokens, total.nano_aiu, self._clock() - self._began)

    def exceeded(self) -> list[Exceeded]:
        """Every limit that is reached now; the job's first."""
        found: list[Exceeded] = []
        reason = _reached(self._budgets.job, self.spent())
        if reason is not None:
            found.append(Exceeded(None, f"the budget of the job is used up: {reason}"))
        for run_id, (meter, began) in self._running.items():
            reason = _reached(self._budgets.run, _spent(meter.read(), self._clock() - began))
            if reason is not None:
                found.append(Exceeded(run_id, f"the budget of the run is used up: {reason}"))
        return found


def _spent(reading: MeterReading, seconds: float) -> Spent:
    return Spent(reading.tokens or 0, reading.nano_aiu or 0, seconds)


def _reached(budget: Budget, spent: Spent) -> str | None:
    if budget.aiu is not None and spent.nano_aiu >= round(budget.aiu * NANO):
        return f"{spent.nano_aiu / NANO:.3f} of {budget.aiu:g} AIU"
    if budget.tokens is not None and spent.tokens >= budget.tokens:
        return f"{spent.tokens} of {budget.tokens} tokens"
    if budget.wall_seconds is not None and spent.seconds >= budget.wall_seconds:
        return f"{budget.wall_seconds:g} seconds"
    return None

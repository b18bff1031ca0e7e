"""Figures of some trials: what each contributes, added up."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from benchwire.analysis.live.facts import RunFacts
from benchwire.analysis.live.interval import wilson_interval


@dataclass(slots=True)
class Standing:
    """Figures of one policy; each rate stands beside what it is a share of."""

    n_runs: int = 0
    n_trials: int = 0
    n_trials_done: int = 0
    """Trials whose final attempt is over."""
    n_counted: int = 0
    """Of these, such as are not excluded."""
    n_graded: int = 0
    n_resolved: int = 0
    n_resolved_strict: int = 0
    n_errored: int = 0
    n_incomplete: int = 0
    n_excluded: int = 0
    total_tokens: int = 0
    n_with_tokens: int = 0
    """Runs whose tokens are stated."""
    nano_aiu: int = 0
    n_costed: int = 0
    """Runs whose cost is stated."""
    n_finished_with_cost: int = 0
    """Trials done all of whose attempts state their cost."""
    finished_nano_aiu: int = 0
    n_declared_lost: int = 0
    """Events of all attempts that were declared lost and have not turned up."""

    def add(self, other: "Standing", sign: int = 1) -> None:
        """Add what a trial contributes, or take it away."""
        for name in _FIELDS:
            setattr(self, name, getattr(self, name) + sign * getattr(other, name))

    @property
    def success_rate_graded(self) -> float | None:
        """n_resolved / n_graded."""
        return self.n_resolved / self.n_graded if self.n_graded else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Ends of its 95 % interval (Wilson)."""
        return wilson_interval(self.n_resolved, self.n_graded)

    @property
    def mean_nano_aiu(self) -> float | None:
        """Cost of a trial that is done, all its attempts together."""
        return mean_cost(self.finished_nano_aiu, self.n_finished_with_cost)

    @classmethod
    def of_trial(cls, attempts: Iterable[RunFacts]) -> Self:
        """What the attempts of one trial contribute."""
        runs = list(attempts)
        final = max(runs, key=lambda run: run.attempt_order)
        standing = cls(n_runs=len(runs), n_trials=1)
        for run in runs:
            standing.total_tokens += run.total_tokens or 0
            standing.nano_aiu += run.nano_aiu or 0
            standing.n_with_tokens += run.total_tokens is not None
            standing.n_costed += run.nano_aiu is not None
            standing.n_declared_lost += run.n_declared_lost
        if final.is_stopped:
            standing.n_trials_done = 1
            if standing.n_costed == len(runs):
                standing.n_finished_with_cost = 1
                standing.finished_nano_aiu = standing.nano_aiu
        if final.is_excluded:
            standing.n_excluded = 1
        elif not final.is_stopped:
            standing.n_incomplete = 1
        else:
            standing._count(final)
        return standing

    def _count(self, final: RunFacts) -> None:
        is_resolved = final.outcome == "resolved"
        self.n_counted = 1
        self.n_graded = int(final.outcome != "ungraded")
        self.n_resolved = int(is_resolved)
        self.n_resolved_strict = int(is_resolved and final.status == "ok")
        self.n_errored = int(final.status != "ok")


def mean_cost(nano_aiu: int, n_trials: int) -> float | None:
    """Nano-AIU a trial; None of no trial."""
    return nano_aiu / n_trials if n_trials else None


_FIELDS = tuple(Standing.__dataclass_fields__)

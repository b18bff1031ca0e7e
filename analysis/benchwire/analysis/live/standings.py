"""How the policies stand: kept up run by run, so that a look costs what changed, not what there is.

The rules are those of rpt_success_rates: of runs that record one thing one counts, one final
attempt speaks for each trial, and cost and tokens are those of all attempts.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from benchwire.analysis.live.events import Labels
from benchwire.analysis.live.facts import RunFacts
from benchwire.analysis.live.interval import wilson_interval

PolicyKey = tuple[str, str]
"""Experiment and policy."""
Trial = tuple[Labels, int | str]
"""Labels and number; where there is no number, the run."""


@dataclass(slots=True)
class Standing:
    """Figures of one policy; each rate stands beside what it is a share of."""

    n_runs: int = 0
    n_trials: int = 0
    n_counted: int = 0
    """Trials that are over and not excluded."""
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
    n_finished_costed: int = 0
    """Of these, final attempts of finished trials."""
    finished_nano_aiu: int = 0

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
        """Cost of a finished trial's final attempt."""
        if not self.n_finished_costed:
            return None
        return self.finished_nano_aiu / self.n_finished_costed

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
        if final.nano_aiu is not None:
            self.n_finished_costed, self.finished_nano_aiu = 1, final.nano_aiu


_FIELDS = tuple(Standing.__dataclass_fields__)


class Standings:
    """All runs, by source, trial and policy."""

    def __init__(self) -> None:
        self.policies: dict[PolicyKey, Standing] = {}
        self._facts: dict[str, RunFacts] = {}
        self._sources: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._trials: defaultdict[Trial, set[str]] = defaultdict(set)
        self._trial_of: dict[str, Trial] = {}
        self._shares: dict[Trial, Standing] = {}

    def counts(self, run_id: str) -> bool:
        """Whether a run counts, and no other in its place."""
        return run_id in self._trial_of

    def facts(self, run_id: str) -> RunFacts | None:
        """What is known of a run."""
        return self._facts.get(run_id)

    @property
    def total(self) -> Standing:
        """All policies together."""
        total = Standing()
        for standing in self.policies.values():
            total.add(standing)
        return total

    def update(self, facts: RunFacts) -> None:
        """Put what is known now in the place of what was known of a run."""
        known = self._facts.get(facts.run_id)
        if known == facts:
            return
        self._facts[facts.run_id] = facts
        touched: set[Trial] = set()
        if known is not None and known.source != facts.source:
            self._sources[known.source].discard(facts.run_id)
            touched |= self._place(known.source)
        self._sources[facts.source].add(facts.run_id)
        touched |= self._place(facts.source)
        for trial in touched:
            self._count_trial(trial)

    def _place(self, source: tuple[str, str]) -> set[Trial]:
        """Put the run that counts of a source into its trial; returns the trials concerned."""
        members = self._sources[source]
        found = [self._facts[run_id] for run_id in sorted(members)]
        counted = max(found, key=lambda run: run.source_rank, default=None)
        touched: set[Trial] = set()
        for run in found:
            trial = run.trial if run is counted else None
            before = self._trial_of.pop(run.run_id, None)
            if before is not None and before != trial:
                self._trials[before].discard(run.run_id)
                touched.add(before)
            if trial is not None:
                self._trial_of[run.run_id] = trial
                self._trials[trial].add(run.run_id)
                touched.add(trial)
        return touched

    def _count_trial(self, trial: Trial) -> None:
        labels, _ = trial
        key = (labels.experiment_id, labels.policy_id)
        standing = self.policies.setdefault(key, Standing())
        before = self._shares.pop(trial, None)
        if before is not None:
            standing.add(before, -1)
        attempts = self._trials[trial]
        if attempts:
            share = Standing.of_trial(self._facts[run_id] for run_id in attempts)
            self._shares[trial] = share
            standing.add(share)
        else:
            del self._trials[trial]
        if not standing.n_runs:
            del self.policies[key]

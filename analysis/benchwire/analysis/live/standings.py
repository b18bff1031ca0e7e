"""How the policies stand: kept up run by run, so that a look costs what changed, not what there is.

The rules are those of rpt_success_rates: of runs that record one thing one counts, one final
attempt speaks for each trial, and cost and tokens are those of all attempts.
"""

from collections import defaultdict

from benchwire.analysis.live.events import Labels
from benchwire.analysis.live.facts import RunFacts
from benchwire.analysis.live.jobs import Jobs
from benchwire.analysis.live.standing import Standing

PolicyKey = tuple[str, str]
"""Experiment and policy."""
Trial = tuple[Labels, int | str]
"""Labels and number; where there is no number, the run."""


class Standings:
    """All runs, by source, trial and policy."""

    def __init__(self) -> None:
        self.policies: dict[PolicyKey, Standing] = {}
        self.jobs = Jobs()
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

    def share_of_final(self, run_id: str) -> Standing | None:
        """What the trial contributes whose final attempt a run is; None of other runs."""
        trial = self._trial_of.get(run_id)
        if trial is None:
            return None
        attempts = (self._facts[attempt] for attempt in self._trials[trial])
        final = max(attempts, key=lambda run: run.attempt_order)
        return self._shares[trial] if final.run_id == run_id else None

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
        self.jobs.replan(known, facts)
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
            self.jobs.add(labels, before, -1)
        attempts = self._trials[trial]
        if attempts:
            share = Standing.of_trial(self._facts[run_id] for run_id in attempts)
            self._shares[trial] = share
            standing.add(share)
            self.jobs.add(labels, share)
        else:
            del self._trials[trial]
        if not standing.n_runs:
            del self.policies[key]

"""How far jobs are: what has begun and what is planned, kept up trial by trial.

The rule is that of rpt_burn_rate: a policy that has begun is to try each task that any policy of
its job has begun, as often as its run_start says.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TypeVar

from benchwire.analysis.live.events import Labels
from benchwire.analysis.live.facts import RunFacts
from benchwire.analysis.live.standing import Standing, mean_cost

Key = TypeVar("Key")
JobKey = tuple[str, str]
"""Experiment and job."""


@dataclass(slots=True)
class JobPolicy:
    """One policy within one job."""

    n_trials: int = 0
    n_trials_done: int = 0
    n_costed: int = 0
    """Runs whose cost is stated."""
    nano_aiu: int = 0
    n_finished_with_cost: int = 0
    finished_nano_aiu: int = 0
    tasks: Counter[str] = field(default_factory=Counter[str])
    """Task → trials begun."""
    plans: Counter[int] = field(default_factory=Counter[int])
    """Planned trials of a task → runs that state it."""

    @property
    def planned_trials(self) -> int | None:
        """How often each task is to be tried; None where no run states it."""
        return max(self.plans, default=None)

    @property
    def mean_nano_aiu(self) -> float | None:
        """Cost of a trial that is done, all its attempts together."""
        return mean_cost(self.finished_nano_aiu, self.n_finished_with_cost)

    def add(self, share: Standing, sign: int) -> None:
        """Add what a trial contributes, or take it away."""
        self.n_trials += sign * share.n_trials
        self.n_trials_done += sign * share.n_trials_done
        self.n_costed += sign * share.n_costed
        self.nano_aiu += sign * share.nano_aiu
        self.n_finished_with_cost += sign * share.n_finished_with_cost
        self.finished_nano_aiu += sign * share.finished_nano_aiu


class Jobs:
    """All jobs, by experiment and job."""

    def __init__(self) -> None:
        self._jobs: defaultdict[JobKey, dict[str, JobPolicy]] = defaultdict(dict)

    def policies(self, key: JobKey) -> dict[str, JobPolicy]:
        """The policies of a job that have begun, by policy_id."""
        return {name: policy for name, policy in self._jobs[key].items() if policy.n_trials}

    def add(self, labels: Labels, share: Standing, sign: int = 1) -> None:
        """Add what a trial contributes, or take it away."""
        policy = self._policy(labels)
        policy.add(share, sign)
        _count(policy.tasks, labels.task_id, sign)

    def replan(self, known: RunFacts | None, facts: RunFacts) -> None:
        """Heed what a run says of the plan, in the place of what was known of it."""
        if known is not None:
            if (known.labels, known.planned_trials) == (facts.labels, facts.planned_trials):
                return
            if known.planned_trials is not None:
                _count(self._policy(known.labels).plans, known.planned_trials, -1)
        if facts.planned_trials is not None:
            _count(self._policy(facts.labels).plans, facts.planned_trials, 1)

    def _policy(self, labels: Labels) -> JobPolicy:
        policies = self._jobs[labels.experiment_id, labels.job_id]
        policy = policies.get(labels.policy_id)
        if policy is None:
            policy = policies[labels.policy_id] = JobPolicy()
        return policy


def _count(counter: Counter[Key], key: Key, sign: int) -> None:
    counter[key] += sign
    if not counter[key]:
        del counter[key]

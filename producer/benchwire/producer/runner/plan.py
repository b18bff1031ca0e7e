"""The plan of a job: every trial of the matrix, its seed, and the order they are run in."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchwire.producer.runner.experiment import Experiment, TaskSpec, VariantSpec
from benchwire.producer.runner.slugs import slug, unique_slugs

TrialKey = tuple[str, str, int]
"""policy_id, task_id, trial_no: what tells the trials of a job apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrial:
    """One trial to run; each try of it is an attempt with a run of its own."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    trial_no: int
    """1…k."""
    seed: int
    """The same for every policy, so that trials can be compared in pairs."""
    variant: VariantSpec
    task: TaskSpec
    trials: int
    """k: trials of this cell."""
    base_dir: Path
    """Directory of the experiment file; ``fixture`` and a local ``repo`` are relative to it."""

    @property
    def key(self) -> TrialKey:
        """What tells it from the other trials of the job."""
        return self.policy_id, self.task_id, self.trial_no

    @property
    def name(self) -> str:
        """How it is called in front of people: ``policy/task/003``."""
        return f"{self.policy_id}/{self.task_id}/{self.trial_no:03d}"

    @property
    def fixture_dir(self) -> Path | None:
        """The directory the workspace is copied from."""
        return None if self.task.fixture is None else self.base_dir / self.task.fixture

    @property
    def repo_source(self) -> str | None:
        """What git clones: a path beside the experiment file if there is one, else as given."""
        if self.task.repo is None:
            return None
        local = self.base_dir / self.task.repo
        return str(local) if local.is_dir() else self.task.repo


def plan(experiment: Experiment, job_id: str, base_dir: Path) -> list[PlannedTrial]:
    """All trials in the order they are run: first trials first, shuffled by the seed within.

    So a job that is stopped early has tried every cell about equally often, and no policy has
    the machine, or a provider's good hours, to itself.
    """
    experiment_id = slug(experiment.name) or "experiment"
    policies = unique_slugs([variant.name for variant in experiment.variants], "policy")
    tasks = unique_slugs([task.name for task in experiment.all_tasks], "task")
    trials = [
        PlannedTrial(
            experiment_id=experiment_id,
            job_id=job_id,
            policy_id=policy_id,
            task_id=task_id,
            trial_no=trial_no,
            seed=_trial_seed(experiment, task_id, trial_no),
            variant=variant,
            task=task,
            trials=experiment.trials_of(variant),
            base_dir=base_dir,
        )
        for policy_id, variant in zip(policies, experiment.variants, strict=True)
        for task_id, task in zip(tasks, experiment.all_tasks, strict=True)
        for trial_no in range(1, experiment.trials_of(variant) + 1)
    ]
    return sorted(trials, key=lambda trial: (trial.trial_no, _order(experiment.seed, trial)))


def only(trials: Sequence[PlannedTrial], cells: Collection[str]) -> list[PlannedTrial]:
    """The trials of some cells: ``policy/task``, ``policy/*``, ``*/task``; without cells all.

    Raises:
        LookupError: A cell names nothing of the plan; its text is the cell.
    """
    chosen: set[TrialKey] = set()
    for cell in cells:
        policy, _, task = cell.partition("/")
        found = {
            trial.key
            for trial in trials
            if policy in {"*", trial.policy_id} and (task or "*") in {"*", trial.task_id}
        }
        if not found:
            raise LookupError(cell)
        chosen |= found
    return [trial for trial in trials if not cells or trial.key in chosen]


def _trial_seed(experiment: Experiment, task_id: str, trial_no: int) -> int:
    if experiment.seeds:
        return experiment.seeds[trial_no - 1]
    return _number(f"{experiment.seed}/{task_id}/{trial_no}")


def _order(seed: int, trial: PlannedTrial) -> int:
    return _number(f"{seed}/order/{trial.policy_id}/{trial.task_id}/{trial.trial_no}")


def _number(name: str) -> int:
    """63 bits of a digest: the same on every machine and with every version of Python."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1

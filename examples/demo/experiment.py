"""The matrix of the demo: every policy tries every task several times, two runs at a time."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from benchwire.producer import Producer

from .agents import POLICIES, DemoPolicy
from .task import DemoTask
from .trial import Finished, run_trial

EXPERIMENT_ID: Final = "benchwire-demo"
TRIALS: Final = 3
CONCURRENCY: Final = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One trial to run."""

    policy: DemoPolicy
    task: DemoTask
    trial_no: int
    trials: int
    """How many are planned of its policy and task."""
    seed: int


def matrix(tasks: Iterable[DemoTask], *, trials: int, seed: int) -> list[Cell]:
    """All trials, first trials first. A trial's seed follows from what it is."""
    tasks = list(tasks)
    return [
        Cell(policy, task, trial_no, trials, _seed(seed, policy.policy_id, task.task_id, trial_no))
        for trial_no in range(1, trials + 1)
        for task in tasks
        for policy in POLICIES
    ]


def run_experiment(
    producer: Producer, cells: Iterable[Cell], on_finished: Callable[[Finished], None]
) -> None:
    """Run all trials; ``on_finished`` is called in the thread of each.

    The first one runs alone: what the machine lacks is then said once, and by one run.
    """

    def run(cell: Cell) -> None:
        on_finished(
            run_trial(
                producer,
                experiment_id=EXPERIMENT_ID,
                policy=cell.policy,
                task=cell.task,
                trial_no=cell.trial_no,
                trials=cell.trials,
                seed=cell.seed,
            )
        )

    first, *rest = cells
    run(first)
    with ThreadPoolExecutor(max_workers=CONCURRENCY) as pool:
        try:
            list(pool.map(run, rest))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _seed(seed: int, policy_id: str, task_id: str, trial_no: int) -> int:
    name = f"{seed}/{policy_id}/{task_id}/{trial_no}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big")

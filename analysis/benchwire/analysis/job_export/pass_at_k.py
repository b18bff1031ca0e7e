"""The harness's pass@k: how likely one of k attempts at a task solves it, averaged over tasks."""

import math
from collections.abc import Mapping, Sequence

_STEP = 5


def pass_at_k(n_attempts: int, n_solved: int, k: int) -> float:
    """Unbiased estimate for one task, 1 - C(n - c, k) / C(n, k), for k ≤ n.

    Source: M. Chen et al., Evaluating Large Language Models Trained on Code, 2021, section 2.1.
    """
    return 1.0 - math.comb(n_attempts - n_solved, k) / math.comb(n_attempts, k)


def job_pass_at_k(rewards_by_task: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Pass@k by k, for the k that Pier and Harbor report: powers of 2, multiples of 5.

    A task has a reward for each of its attempts, 0 where there was none. Empty unless all are 0
    or 1, and for k above the smallest number of attempts, as in the harness.
    """
    attempts = list(rewards_by_task.values())
    if not attempts or any(reward not in (0, 1) for rewards in attempts for reward in rewards):
        return {}
    return {
        str(k): math.fsum(pass_at_k(len(rewards), rewards.count(1), k) for rewards in attempts)
        / len(attempts)
        for k in _reported(min(map(len, attempts)))
    }


def _reported(largest: int) -> list[int]:
    powers = [1 << bit for bit in range(1, largest.bit_length())]
    return sorted({*powers, *range(_STEP, largest + 1, _STEP)})

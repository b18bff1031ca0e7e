"""Pass@k as the harness reports it, against counting subsets."""

from itertools import combinations

import pytest

from benchwire.analysis.job_export.pass_at_k import job_pass_at_k, pass_at_k


@pytest.mark.parametrize("n", range(1, 8))
def test_it_is_the_share_of_subsets_with_a_solution(n: int) -> None:
    for solved in range(n + 1):
        attempts = [1] * solved + [0] * (n - solved)
        for k in range(1, n + 1):
            subsets = list(combinations(attempts, k))
            share = sum(any(subset) for subset in subsets) / len(subsets)
            assert pass_at_k(n, solved, k) == pytest.approx(share, abs=1e-12)


def test_powers_of_two_and_multiples_of_five_up_to_the_fewest_attempts() -> None:
    eleven, ten = [1.0] * 11, [0.0] * 10
    assert list(job_pass_at_k({"a": eleven, "b": ten})) == ["2", "4", "5", "8", "10"]
    assert list(job_pass_at_k({"a": [1.0]})) == []


def test_tasks_weigh_the_same() -> None:
    rates = job_pass_at_k({"a": [1.0, 0.0, 0.0, 0.0], "b": [1.0, 1.0], "c": [0.0, 0.0]})
    assert rates == {"2": pytest.approx((0.5 + 1 + 0) / 3)}


def test_rewards_between_0_and_1_have_none() -> None:
    assert job_pass_at_k({"a": [0.5, 1.0]}) == {}
    assert job_pass_at_k({}) == {}

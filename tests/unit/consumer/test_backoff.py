"""Pauses grow to a limit, and insisting ends with the first success."""

from itertools import islice

import pytest

from benchwire.consumer.backoff import insist, pauses


def test_pauses_grow_and_stay_below_one_and_a_half_times_the_longest() -> None:
    first = list(islice(pauses(2.0), 12))
    assert 0.05 <= first[0] <= 0.15
    assert all(1.0 <= pause <= 3.0 for pause in first[-3:])


async def test_insisting_repeats_named_errors_only() -> None:
    failures: list[Exception] = []
    answers = iter([TimeoutError("a"), TimeoutError("b"), None])

    async def action() -> str:
        error = next(answers)
        if error:
            raise error
        return "done"

    done = await insist(action, on=(TimeoutError,), failed=failures.append, longest_seconds=0.001)
    assert done == "done"
    assert [str(error) for error in failures] == ["a", "b"]


async def test_other_errors_end_it_at_once() -> None:
    async def action() -> None:
        raise KeyError("not transient")

    with pytest.raises(KeyError):
        await insist(action, on=(TimeoutError,), failed=lambda _: None, longest_seconds=0.001)

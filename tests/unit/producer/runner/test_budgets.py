"""Which limit is reached when, with a clock and meters that show what they are told."""

from dataclasses import dataclass, field

import pytest
from tests.support.experiments import reading

from benchwire.producer.runner.budgets import BudgetKeeper, Exceeded
from benchwire.producer.runner.limits import Budget, Budgets
from benchwire.producer.runner.meter import MeterReading

AIU = 1_000_000_000


@dataclass
class Shown:
    """A meter that shows what a test puts there."""

    value: MeterReading = field(default_factory=reading)

    def read(self) -> MeterReading:
        return self.value


class Clock:
    """Time that passes when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_reached_without_limits() -> None:
    keeper = BudgetKeeper(Budgets())
    keeper.started("r", Shown(reading(tokens=10**12, nano_aiu=10**15)))
    assert keeper.exceeded() == []


def test_running_and_finished_runs_count_together_against_the_job() -> None:
    keeper = BudgetKeeper(Budgets(job=Budget(tokens=100)))
    first, second = Shown(reading(tokens=60)), Shown(reading(tokens=39))
    keeper.started("a", first)
    keeper.finished("a")
    keeper.started("b", second)
    assert keeper.exceeded() == []
    second.value = reading(tokens=40)
    (found,) = keeper.exceeded()
    assert found == Exceeded(None, "the budget of the job is used up: 100 of 100 tokens")


@pytest.mark.parametrize(("nano_aiu", "reached"), [(AIU * 3 // 2 - 1, False), (AIU * 3 // 2, True)])
def test_aiu_are_compared_as_integers(nano_aiu: int, reached: bool) -> None:  # noqa: FBT001
    keeper = BudgetKeeper(Budgets(run=Budget(aiu=1.5)))
    keeper.started("a", Shown(reading(nano_aiu=nano_aiu)))
    assert bool(keeper.exceeded()) is reached


def test_a_runs_own_limit_is_its_own_affair() -> None:
    keeper = BudgetKeeper(Budgets(run=Budget(tokens=50)))
    keeper.started("a", Shown(reading(tokens=49)))
    keeper.started("b", Shown(reading(tokens=51)))
    (found,) = keeper.exceeded()
    assert (found.run_id, found.reason) == (
        "b",
        "the budget of the run is used up: 51 of 50 tokens",
    )


def test_time_counts_from_the_start_of_each() -> None:
    clock = Clock()
    keeper = BudgetKeeper(Budgets(job=Budget(wall_seconds=60), run=Budget(wall_seconds=10)), clock)
    clock.now += 45
    keeper.started("a", Shown())
    clock.now += 9.9
    assert keeper.exceeded() == []
    clock.now += 0.1
    assert [found.run_id for found in keeper.exceeded()] == ["a"]
    keeper.finished("a")
    clock.now += 5
    assert [found.run_id for found in keeper.exceeded()] == [None]


def test_what_is_unknown_uses_up_nothing() -> None:
    keeper = BudgetKeeper(Budgets(job=Budget(aiu=1, tokens=1)))
    keeper.started("a", Shown(reading(tokens=None, nano_aiu=None)))
    assert keeper.exceeded() == []
    assert keeper.spent().tokens == 0

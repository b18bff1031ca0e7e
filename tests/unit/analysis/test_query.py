"""Named queries: typed rows out, readable SQL for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from benchwire.analysis.query import Query, literal
from benchwire.analysis.sources import CountedImport, counted_imports
from benchwire.analysis.success_rates import success_rates


@dataclass(frozen=True, slots=True)
class Share:
    name: str
    share: float | None
    n: int


SHARES = Query("Who has what?", Share, "\nSELECT name, share, n FROM t WHERE x = {x:String}\n")


class Store:
    """Answers every statement with the same rows and remembers what it was asked."""

    def __init__(self, *answer: tuple[Any, ...]) -> None:
        self.answer = list(answer)
        self.asked: list[tuple[str, Mapping[str, str] | None]] = []

    def __call__(self, sql: str, params: Mapping[str, str] | None = None) -> list[tuple[Any, ...]]:
        self.asked.append((sql, params))
        return self.answer


def test_rows_are_typed_and_floats_stay_floats() -> None:
    store = Store(("a", 1, 1), ("b", None, 0))
    assert SHARES.ask(store, {"x": "y"}) == [Share("a", 1.0, 1), Share("b", None, 0)]
    assert isinstance(SHARES.ask(store, {"x": "y"})[0].share, float)


def test_parameters_travel_apart_from_the_statement() -> None:
    store = Store()
    SHARES.ask(store, {"x": "a\tb\\'; DROP"})
    assert store.asked == [(SHARES.sql, {"x": "a\\tb\\\\'; DROP"})]


def test_the_text_for_people_can_be_copied_and_run() -> None:
    assert SHARES.text({"x": "it's"}) == "SELECT name, share, n FROM t WHERE x = 'it\\'s'"
    assert literal("a\\b\n") == "'a\\\\b\\n'"


def test_an_answer_with_other_columns_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        SHARES.ask(Store(("a", 1.0)), {"x": "y"})


def test_success_rates_ask_for_their_experiment() -> None:
    row = ("p", 1, 3, 2, 1, 0, 1, 0, 0.5, 0.1, 0.9, 0.333, 0.333, None)
    store = Store(row)
    (rates,) = success_rates(store, "exp")
    assert (rates.policy_id, rates.success_rate_graded, rates.mean_reward) == ("p", 0.5, None)
    assert store.asked[0][1] == {"experiment": "exp"}


def test_counted_imports_are_known_by_their_source() -> None:
    store = Store(("id", "e", "j", "p", "t", None, 1, 2))
    found = CountedImport(
        experiment_id="e",
        job_id="j",
        policy_id="p",
        task_id="t",
        trial_no=None,
        attempt=1,
        revision=2,
    )
    assert counted_imports(store, "copilot") == {"id": found}
    assert store.asked[0][1] == {"system": "copilot"}
    assert counted_imports(Store(), "copilot") == {}

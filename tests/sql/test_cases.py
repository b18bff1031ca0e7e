"""Every hand-written case: the events of the folder give the rows it expects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.history_lines import Sent, bodies
from tests.support.view_cases import ViewCase, case_folders, read_case, with_runs_of_its_own
from tests.support.view_store import ViewStore, called, seen_from

from benchwire.consumer.price_file import Price
from benchwire.consumer.stored_runs import STORED
from benchwire.embedded.store import ChdbStore


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def all_cases(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    """The runs of all cases beside each other, for their stored rows.

    Planning the definition of these rows takes longer than all else that a case does.
    """
    store = ViewStore(chdb_store)
    cases = [with_runs_of_its_own(read_case(folder)) for folder in case_folders()]
    books: dict[tuple[Price, ...], list[Sent]] = {}
    for case in cases:
        books.setdefault(tuple(case.prices), []).extend(case.sent)
    for prices, sent in books.items():
        store.load_prices(prices)
        store.insert(bodies(sent, []))
        store.refresh({json.loads(each.line)["run_id"] for each in sent})
    yield store
    store.close()


def load(views: ViewStore, all_cases: ViewStore, case: ViewCase) -> None:
    """Store the events of one case, and the rows of its runs."""
    views.clear()
    views.load_prices(case.prices)
    views.insert(bodies(case.sent, []))
    for rows in STORED:
        views.command(
            f"INSERT INTO {rows.name}_stored SELECT * FROM {all_cases.database}.{rows.name}_stored "
            "WHERE run_id IN (SELECT run_id FROM emitters)"
        )


@pytest.mark.parametrize(
    "folder", case_folders(), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_view_answers_the_case(views: ViewStore, all_cases: ViewStore, folder: Path) -> None:
    case = with_runs_of_its_own(read_case(folder))
    load(views, all_cases, case)
    source = seen_from(case.view, case.as_of) if case.as_of else called(case.view, case.arguments)
    left = views.rows(f"SELECT * FROM {source}")
    for row in case.rows:
        matching = [found for found in left if _matches(found, row)]
        assert len(matching) == 1, f"{len(matching)} rows match {row} among {left}"
        left.remove(matching[0])
    assert left == []


def test_store_check_names_what_a_typed_table_lacks(views: ViewStore) -> None:
    """A hole left by a materialized view shows as a difference; sending again closes it."""
    case = read_case(case_folders()[0].parents[1] / "rpt_store_check" / "nothing_lacks")
    views.clear()
    views.load(bodies(case.sent, []))
    views.command("TRUNCATE TABLE steps")
    holes = views.rows("SELECT * FROM rpt_store_check WHERE NOT is_equal")
    assert [(hole["table_name"], hole["difference"]) for hole in holes] == [("steps", -2)]
    views.load(bodies(case.sent, [1, 2]))
    assert views.rows("SELECT * FROM rpt_store_check WHERE NOT is_equal") == []


def test_an_empty_store_has_no_rows_and_no_errors(views: ViewStore) -> None:
    views.clear()
    cases = [read_case(folder) for folder in case_folders()]
    calls = {case.view: called(case.view, case.arguments) for case in cases}
    assert {name: views.rows(f"SELECT * FROM {calls[name]}") for name in calls} == {
        name: [] for name in calls
    }


def _matches(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    assert wanted.keys() <= found.keys(), f"no such column: {wanted.keys() - found.keys()}"
    return all(
        found[name] == (pytest.approx(value) if isinstance(value, float) else value)
        for name, value in wanted.items()
    )

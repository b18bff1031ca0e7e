"""Every panel's query is answered by a store, with its variables chosen in any way."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from grafana.queries.documents import DOCUMENTS, PANELS, board_of, queries_of
from grafana.queries.expansion import Chosen, TimeRange, expanded
from grafana.queries.opening import opened
from tests.support.alert_rules import RULES, firing, values
from tests.support.dashboard_store import EXPERIMENT, HOSTILE, RUN_ID, fill
from tests.support.view_store import ViewStore

from benchwire.embedded.store import ChdbStore

TIMES = TimeRange(datetime(2026, 10, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'")
UNSAID = {"environment_differs", "detectable_difference", "superseded_by", "declared"}
"""What takes other histories: pairs that are matched, runs that were imported (again)."""
BENIGN = {name: Chosen("x") for name in ("experiment", "policy", "task", "job", "run")}


@pytest.fixture(scope="module")
def empty_store(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    views = ViewStore(chdb_store)
    yield views
    views.close()


@pytest.fixture(scope="module")
def firing_at_first(empty_store: ViewStore) -> set[str]:
    """The alert rules that fire before anything is stored."""
    return {uid for uid in RULES if firing(empty_store, uid, budget="1")}


@pytest.fixture(scope="module")
def store(empty_store: ViewStore, firing_at_first: set[str]) -> ViewStore:
    fill(empty_store)
    return empty_store


@pytest.fixture(scope="module")
def everything(store: ViewStore) -> dict[str, dict[str, Chosen]]:
    """All that is offered, for every dashboard: what it shows when it is opened."""
    return {name: opened_on(store, name, EXPERIMENT) for name in DOCUMENTS}


def opened_on(store: ViewStore, name: str, experiment: str) -> dict[str, Chosen]:
    """What is chosen on a dashboard of an experiment at first."""
    preferred = {"experiment": experiment}
    if experiment == EXPERIMENT:
        preferred["run"] = RUN_ID
    chosen = opened(DOCUMENTS[name], store.answers, TIMES, preferred)
    assert all(each.offered for each in chosen.values())
    return chosen


@pytest.mark.parametrize("key", PANELS)
def test_a_panel_has_something_to_show(
    store: ViewStore, everything: dict[str, dict[str, Chosen]], key: str
) -> None:
    for query in queries_of(PANELS[key]):
        rows = store.rows(expanded(query, everything[board_of(key)], TIMES))
        assert rows
        said = {name for row in rows for name, value in row.items() if value not in (None, "")}
        assert set(rows[0]) - said <= UNSAID, "columns that never say anything"


@pytest.mark.parametrize("key", PANELS)
def test_a_name_is_never_anything_but_a_value(key: str) -> None:
    """Whatever it holds, the statement is the same but for what its literals say."""
    hostile = {name: Chosen([HOSTILE, "'"]) for name in BENIGN}
    hostile["experiment"] = hostile["run"] = Chosen(HOSTILE)
    for query in queries_of(PANELS[key]):
        one, other = (expanded(query, chosen, TIMES) for chosen in (BENIGN, hostile))
        assert LITERAL.sub("?", one) == LITERAL.sub("?", other)
        assert "$" not in other


def test_hostile_names_are_found(store: ViewStore) -> None:
    chosen = opened_on(store, "experiments", HOSTILE)
    assert set(chosen["policy"].offered) == {HOSTILE, "plain"}
    chosen["policy"] = Chosen([HOSTILE])
    for title, view in (("Runs", "rpt_run_summary"), ("Success against cost", "rpt_pareto")):
        (panel,) = (one for one in DOCUMENTS["experiments"]["panels"] if one["title"] == title)
        (query,) = queries_of(panel)
        rows = store.rows(expanded(query, chosen, TIMES))
        assert [row["policy_id"] for row in rows] == [HOSTILE], view
    growth = next(one for one in PANELS.values() if "rpt_context_growth(" in queries_of(one)[0])
    rows = store.rows(expanded(queries_of(growth)[0], chosen, TIMES))
    assert {row["policy_id"] for row in rows} == {HOSTILE}


def test_queries_read_reports_by_the_engine_s_own_account(store: ViewStore) -> None:
    for key, panel in PANELS.items():
        (query,) = queries_of(panel)
        lines = store.answers(f"EXPLAIN AST {expanded(query, BENIGN, TIMES)}")
        tree = "\n".join(str(line) for (line,) in lines)
        read = re.findall(r"TableExpression.*\n\s*(?:TableIdentifier|Function) (\w+)", tree)
        assert read, key
        assert all(name.startswith("rpt_") for name in read), key
        assert "SelectWithUnionQuery" in tree.partition("\n")[0], key


def test_alert_rules_fire_where_something_is_wrong_and_only_there(
    firing_at_first: set[str], store: ViewStore
) -> None:
    assert firing_at_first == set()
    job_id = f"job of {EXPERIMENT}"
    stalled = {row[:2]: row[2] for row in firing(store, "benchwire-stalled-trials")}
    assert stalled[EXPERIMENT, job_id] == 1
    assert firing(store, "benchwire-dead-letters") == [(3,)]
    assert values(store, "benchwire-lag") == [(1,)]
    assert firing(store, "benchwire-lag") == []
    assert job_id in {row[1] for row in firing(store, "benchwire-budget", budget="0.5")}
    assert firing(store, "benchwire-budget", budget="1000000") == []
    for unlimited in ("0", ""):
        assert values(store, "benchwire-budget", budget=unlimited) == []

"""Alert rules fire for what they are named after, and are silent otherwise."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models.alerting import Query
from tests.support.dashboard_store import EXPERIMENT, fill
from tests.support.view_store import ViewStore

from benchwire.embedded.store import ChdbStore

ROOT = Path(__file__).resolve().parents[2]
FILE: dict[str, Any] = yaml.safe_load(
    (ROOT / "grafana/provisioning/alerting/benchwire.yaml").read_text(encoding="utf-8")
)
RULES: dict[str, dict[str, Any]] = {rule["uid"]: rule for rule in FILE["groups"][0]["rules"]}


@pytest.fixture(scope="module")
def store(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    views = ViewStore(chdb_store)
    yield views
    views.close()


def values(store: ViewStore, uid: str, budget: str = "0") -> list[tuple[Any, ...]]:
    """The rows of a rule's query, the number last, as Grafana asks after expanding `$NAME`."""
    sql = RULES[uid]["data"][0]["model"]["rawSql"]
    expanded = re.sub(r"\$(\w+)", lambda found: {"BENCHWIRE_BUDGET_AIU": budget}[found[1]], sql)
    return store.answers(expanded)


def firing(store: ViewStore, uid: str, budget: str = "0") -> list[tuple[Any, ...]]:
    """The rows above the threshold."""
    (condition,) = RULES[uid]["data"][1]["model"]["conditions"]
    assert condition["evaluator"]["type"] == "gt"
    (above,) = condition["evaluator"]["params"]
    rows = values(store, uid, budget)
    return [row for row in rows if row[-1] is not None and row[-1] > above]


def test_rules_fire_where_something_is_wrong_and_only_there(store: ViewStore) -> None:
    for uid in RULES:
        assert firing(store, uid, budget="1") == [], uid
    fill(store, n_runs=0)
    stalled = firing(store, "benchwire-stalled-trials")
    assert (EXPERIMENT, f"job of {EXPERIMENT}", 1.0) in stalled
    assert firing(store, "benchwire-dead-letters") == [(3.0,)]
    assert firing(store, "benchwire-lag") == []
    assert [row[0] for row in values(store, "benchwire-lag")] == [1.0]
    cost = f"job of {EXPERIMENT}"
    assert cost in {row[1] for row in firing(store, "benchwire-budget", budget="0.5")}
    assert values(store, "benchwire-budget", budget="0") == []
    assert values(store, "benchwire-budget", budget="") == []
    assert firing(store, "benchwire-budget", budget="1000000") == []


def test_rules_are_what_grafana_reads() -> None:
    assert FILE["apiVersion"] == 1
    for rule in RULES.values():
        (asked, threshold) = rule["data"]
        # Nothing is lost in the type of Grafana's own query of an alert rule.
        assert set(Query.from_json(asked).to_json()) == set(asked)
        assert rule["condition"] == threshold["refId"]
        assert threshold["model"]["expression"] == asked["refId"]
        assert asked["datasourceUid"] == asked["model"]["datasource"]["uid"] == "benchwire"
        assert re.findall(r"FROM (\w+)", asked["model"]["rawSql"])[0].startswith("rpt_")

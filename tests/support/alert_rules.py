"""The alert rules as they are checked in, and which of them fire on a store."""

import re
from pathlib import Path
from typing import Any

import yaml
from tests.support.view_store import ViewStore

_ROOT = Path(__file__).resolve().parents[2]
FILE: dict[str, Any] = yaml.safe_load(
    (_ROOT / "grafana/provisioning/alerting/benchwire.yaml").read_text(encoding="utf-8")
)
RULES: dict[str, dict[str, Any]] = {rule["uid"]: rule for rule in FILE["groups"][0]["rules"]}


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

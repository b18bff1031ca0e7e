"""The dashboards as they are checked in: their panels, queries and links."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "grafana/dashboards").glob("*.json"))
}
PANELS: dict[str, dict[str, Any]] = {
    f"{name}-{panel['id']:02}": panel
    for name, document in DOCUMENTS.items()
    for panel in document["panels"]
    if panel["type"] != "row"
}
"""By dashboard and number."""


def board_of(key: str) -> str:
    """The dashboard that a panel is on."""
    return key.rpartition("-")[0]


def queries_of(panel: dict[str, Any]) -> list[str]:
    """The SQL of a panel, unexpanded."""
    return [str(target["rawSql"]) for target in panel["targets"]]


def variables_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The variables in the head of a dashboard, in their order."""
    return list(document.get("templating", {}).get("list", []))


def variables_used(sql: str) -> set[str]:
    """The names of dashboard variables in a query; macros of the plugin are none."""
    named = re.findall(r"\$\{(\w+)|\$(?!\{)(\w+)", sql)
    return {one or other for one, other in named if not (one or other).startswith("__")}


def urls(value: Any) -> list[str]:
    """Every address anywhere in a document; none of ours holds a quote."""
    return re.findall(r'"url": "([^"]*)"', json.dumps(value))

"""Pictures of dashboards show what their panels were answered."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from grafana.pictures.sheet import picture
from grafana.pictures.texts import Rows
from grafana.pictures.values import written
from grafana.queries.documents import DOCUMENTS, queries_of
from tests.support.dashboard_store import HOSTILE

DRAWN = Path(__file__).resolve().parents[2] / "docs/dashboards"
HOUR = (1_790_000_000.0, 1_790_003_600.0)
MINUTES = ("2026-09-21 13:20:00", "2026-09-21 13:26:00")


def answers_of(document: dict[str, Any]) -> dict[int, Rows]:
    """Two rows for every panel: a number wherever a unit says so, hostile text elsewhere."""
    return {
        panel["id"]: [_row(panel, number) for number in (1, 2)]
        for panel in document["panels"]
        if "targets" in panel
    }


def _row(panel: dict[str, Any], number: int) -> dict[str, Any]:
    selected = queries_of(panel)[0].partition("\nFROM ")[0].splitlines()[1:]
    names = [line.strip().rstrip(",").rpartition(" AS ")[2] for line in selected]
    texts = {"policy_id", "tool_name", "decider", "name", "dominated_by"}
    row: dict[str, Any] = {name: HOSTILE if name in texts else number / 2 for name in names}
    return row | ({"minute": MINUTES[number - 1]} if "minute" in row else {})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_panel_is_in_its_picture(name: str) -> None:
    document = DOCUMENTS[name]
    drawn = picture(document, answers_of(document), {"experiment": HOSTILE}, HOUR)
    texts = [element.text for element in ET.fromstring(drawn).iter() if element.text]  # noqa: S314
    for panel in document["panels"]:
        assert panel["title"] in texts
    assert "No data" not in texts
    assert HOSTILE in texts


def test_what_has_no_answer_says_so() -> None:
    document = DOCUMENTS["tools"]
    drawn = picture(document, {}, {}, HOUR)
    n_panels = sum("targets" in panel for panel in document["panels"])
    assert drawn.count("No data") == n_panels


def test_every_dashboard_has_its_picture() -> None:
    for name, document in DOCUMENTS.items():
        titles = {element.text for element in ET.parse(DRAWN / f"{name}.svg").iter()}  # noqa: S314
        assert {panel["title"] for panel in document["panels"]} <= titles, name
    assert (DRAWN / "overview.svg").exists()


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "expected"),
    [
        (None, "short", 0, "-"),
        (0.4567, "percentunit", 1, "45.7%"),
        (1.2345, "suffix: AIU", 3, "1.234 AIU"),
        (875_123, "short", 1, "875.1K"),
        (61_000.0, "ms", None, "1.0 min"),
        (0.5, "s", None, "500 ms"),
        (2048, "bytes", None, "2.0 KiB"),
        ("2026-11-21 22:21:42.123456", "dateTimeAsIso", None, "2026-11-21 22:21:42"),
        (True, "string", None, "true"),
    ],
)
def test_values_are_written_in_their_units(
    value: Any, unit: str, decimals: int | None, expected: str
) -> None:
    assert written(value, unit, decimals) == expected

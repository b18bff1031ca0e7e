"""Dashboards are documents that Grafana understands, and whole: nothing in them leads nowhere."""

import json
import re
from typing import Any

import pytest
from grafana.queries.documents import (
    DOCUMENTS,
    PANELS,
    board_of,
    queries_of,
    urls,
    variables_of,
    variables_used,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

READ = re.compile(r"\b(?:FROM|JOIN)\s+([\w.]+|\()", re.IGNORECASE)
WIDTH = 24


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_types_of_grafana_hold_all_of_it(name: str) -> None:
    """The SDK's models are generated from Grafana's schemas: what they lack would be dropped."""
    register_default_plugins()
    read = Dashboard.from_json(DOCUMENTS[name])
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == DOCUMENTS[name]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_panels_have_numbers_and_places_of_their_own(name: str) -> None:
    panels = DOCUMENTS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH
        cells = {
            (place["x"] + right, place["y"] + down)
            for right in range(place["w"])
            for down in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_titles_are_told_apart() -> None:
    for name, document in DOCUMENTS.items():
        titles = [panel["title"] for panel in document["panels"]]
        assert len(set(titles)) == len(titles), name
    assert len({document["uid"] for document in DOCUMENTS.values()}) == len(DOCUMENTS)


@pytest.mark.parametrize("key", PANELS)
def test_a_panel_says_what_it_shows_and_in_what_unit(key: str) -> None:
    panel = PANELS[key]
    assert panel["description"].endswith(".")
    assert panel["title"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    for target in [panel, *panel["targets"]]:
        assert target["datasource"] == {"type": "grafana-clickhouse-datasource", "uid": "benchwire"}


@pytest.mark.parametrize("key", PANELS)
def test_rates_are_percent_costs_aiu_with_three_decimals(key: str) -> None:
    panel = PANELS[key]
    units = {
        override["matcher"]["options"]: {
            said["id"]: said["value"] for said in override["properties"]
        }
        for override in panel["fieldConfig"]["overrides"]
        if any(said["id"] == "unit" for said in override["properties"])
    }
    default = {said: panel["fieldConfig"]["defaults"].get(said) for said in ("unit", "decimals")}
    for column in columns_of(queries_of(panel)[0]):
        unit = units.get(column, default)
        if re.search(r"_rate(_|$)|_share$", column):
            assert unit["unit"] == "percentunit", column
        if "aiu" in column and "ratio" not in column:
            assert unit == {"unit": "suffix: AIU", "decimals": 3}, column
        if "tokens" in column and "per_minute" not in column:
            assert unit["unit"] == "short", column
        if re.search(r"_ms(_|$)", column):
            assert unit["unit"] == "ms", column


def columns_of(sql: str) -> list[str]:
    """The names of the columns of one of our queries: one line each, between SELECT and FROM."""
    selected = sql.partition("\nFROM ")[0].splitlines()[1:]
    return [line.strip().rstrip(",").rpartition(" AS ")[2] for line in selected]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_variable_that_is_used_is_defined_before(name: str) -> None:
    document = DOCUMENTS[name]
    defined: set[str] = set()
    for variable in variables_of(document):
        assert variables_used(variable["query"]["rawSql"]) <= defined, variable["name"]
        defined.add(variable["name"])
    used: set[str] = set()
    for panel in document["panels"]:
        for query in queries_of(panel) if "targets" in panel else ():
            used |= variables_used(query)
    assert used <= defined
    # run is offered by experiment, so it is used as well.
    offering = {
        each for v in variables_of(document) for each in variables_used(v["query"]["rawSql"])
    }
    assert defined == used | offering


def test_every_link_leads_to_a_dashboard_and_names_its_variables() -> None:
    by_uid = {document["uid"]: document for document in DOCUMENTS.values()}
    found = 0
    for name, document in DOCUMENTS.items():
        for url in urls(document):
            uid, _, rest = url.removeprefix("/d/").partition("?")
            assert url.startswith("/d/"), url
            target = {variable["name"] for variable in variables_of(by_uid[uid])}
            assert set(re.findall(r"var-(\w+)=|\$\{(\w+):queryparam\}", rest)) <= {
                *((each, "") for each in target),
                *(("", each) for each in target),
            }, (name, url)
            found += 1
    assert found > len(DOCUMENTS)


@pytest.mark.parametrize("key", PANELS)
def test_a_link_of_a_row_uses_columns_of_the_row(key: str) -> None:
    columns = set(columns_of(queries_of(PANELS[key])[0]))
    for override in PANELS[key]["fieldConfig"]["overrides"]:
        assert override["matcher"]["options"] in columns
        for url in urls(override):
            assert set(re.findall(r"__data\.fields\.(\w+)", url)) <= columns, url


def all_queries() -> list[str]:
    asked = [query for panel in PANELS.values() for query in queries_of(panel)]
    offered = [v["query"]["rawSql"] for d in DOCUMENTS.values() for v in variables_of(d)]
    return asked + offered


def test_queries_read_reports_and_nothing_else() -> None:
    for query in all_queries():
        read = READ.findall(query)
        assert read, query
        assert all(view.startswith("rpt_") for view in read), query
        assert query.startswith("SELECT\n")
        assert ";" not in query


def test_a_time_range_is_used_where_it_is_shown() -> None:
    for name, document in DOCUMENTS.items():
        used = any(
            "$__timeFilter" in query
            for key, panel in PANELS.items()
            if board_of(key) == name
            for query in queries_of(panel)
        )
        hidden: Any = document["timepicker"].get("hidden", False)
        assert used != hidden, name

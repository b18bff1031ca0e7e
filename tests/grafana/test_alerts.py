"""Alert rules are what Grafana reads; test_queries.py has when they fire."""

import re

from grafana_foundation_sdk.models.alerting import Query
from tests.support.alert_rules import FILE, RULES


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

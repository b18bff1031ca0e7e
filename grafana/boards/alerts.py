"""Alert rules, provisioned with the dashboards; whom they tell is for the installation to say.

Grafana expands `$NAME` in provisioned files from its environment: the budget comes in that way.
"""

import json
from typing import Any, Final

import yaml
from grafana.boards.question import Question
from grafana.boards.source import TABLE, UID, Sql
from grafana_foundation_sdk.builders import alerting
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.alerting import RelativeTimeRange

BUDGET: Final = "BENCHWIRE_BUDGET_AIU"
"""Environment variable of Grafana: AIU that a job may cost. 0 or unset: no limit."""
LAG_SECONDS_MAX: Final = 60
EXPRESSIONS: Final = "__expr__"
HEAD: Final = (
    "# Written by `make dashboards` from grafana/boards/alerts.py; edit that.\n"
    "# Without a contact point of yours, alerts are shown in Grafana and told to nobody.\n"
)


def alert_rules() -> str:
    """The file that Grafana reads at its start."""
    group = {
        "orgId": 1,
        "name": "benchwire",
        "folder": "Benchwire",
        "interval": "1m",
        "rules": [_stalled(), _dead_letters(), _lag(), _budget()],
    }
    document = {"apiVersion": 1, "groups": [group]}
    return HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _stalled() -> dict[str, Any]:
    question = Question(
        view="rpt_live_runs",
        columns=("experiment_id", "job_id", "toFloat64(count()) AS n_stalled"),
        where=("state = 'stalled'",),
        group_by=("experiment_id", "job_id"),
    )
    return _rule(
        "stalled-trials",
        "Trials hang",
        question,
        above=0,
        lasting="5m",
        summary="Trials of a job have been silent for longer than their like",
    )


def _dead_letters() -> dict[str, Any]:
    question = Question(
        view="rpt_operations", columns=("toFloat64(sum(n_dead_letters_open)) AS n_open",)
    )
    return _rule(
        "dead-letters",
        "Dead letters are open",
        question,
        above=0,
        lasting="1m",
        summary="Events could not be stored: see `benchwire dead-letters`",
    )


def _lag() -> dict[str, Any]:
    question = Question(
        view="rpt_operations",
        columns=("max(storage_lag_ms_p99) / 1000 AS lag_seconds",),
        where=("minute >= now() - INTERVAL 5 MINUTE",),
    )
    return _rule(
        "lag",
        "The consumer is behind",
        question,
        above=LAG_SECONDS_MAX,
        lasting="5m",
        summary=f"Events are stored more than {LAG_SECONDS_MAX} s after they were received",
    )


def _budget() -> dict[str, Any]:
    budget = f"toFloat64OrZero('${BUDGET}')"
    # A job that runs beyond its plan may have cost more than it was projected to.
    expected = "ifNull(greatest(projected_aiu, cost_aiu), cost_aiu)"
    question = Question(
        view="rpt_burn_rate",
        columns=(
            "experiment_id",
            "job_id",
            f"{expected} / {budget} AS budget_share",
        ),
        where=(f"{budget} > 0",),
    )
    return _rule(
        "budget",
        "A job will cost more than its budget",
        question,
        above=1,
        lasting="1m",
        summary=f"A job is projected to cost more than {BUDGET}",
    )


def _rule(  # noqa: PLR0913 - what a rule says
    name: str, title: str, question: Question, *, above: float, lasting: str, summary: str
) -> dict[str, Any]:
    asked = alerting.Query("A").datasource_uid(UID).model(Sql(question, query_type=TABLE))
    built = (
        alerting.Rule(title)
        .uid(f"benchwire-{name}")
        .condition("B")
        .with_query(asked.relative_time_range(RelativeTimeRange(from_val=600, to=0)))
        .for_val(lasting)
        .no_data_state("OK")
        .exec_err_state("Error")
        .annotations({"summary": summary})
        .labels({"service": "benchwire"})
        .build()
    )
    asks = json.loads(json.dumps(built.data, cls=JSONEncoder))
    return {
        "uid": built.uid,
        "title": built.title,
        "condition": built.condition,
        "for": built.for_val,
        "noDataState": built.no_data_state,
        "execErrState": built.exec_err_state,
        "annotations": built.annotations,
        "labels": built.labels,
        "data": [*asks, _threshold(above)],
    }


def _threshold(above: float) -> dict[str, Any]:
    model = {
        "refId": "B",
        "type": "threshold",
        "expression": "A",
        "datasource": {"type": EXPRESSIONS, "uid": EXPRESSIONS},
        "conditions": [{"evaluator": {"type": "gt", "params": [above]}}],
    }
    return {"refId": "B", "datasourceUid": EXPRESSIONS, "model": model}

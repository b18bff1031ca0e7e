"""The variables in the head of a dashboard; what they offer comes from reports as well."""

from typing import Final

from grafana.boards.question import OF_EXPERIMENT, Question, text
from grafana.boards.source import SOURCE
from grafana_foundation_sdk.builders.dashboard import QueryVariable
from grafana_foundation_sdk.models.dashboard import (
    VariableOption,
    VariableRefresh,
    VariableSort,
)

RUNS_OFFERED_MAX: Final = 500
_EXPERIMENTS: Final = Question(
    view="rpt_experiment_success",
    columns=("experiment_id",),
    # The one begun last comes first, and is the one that is shown at first.
    order_by="first_started_at DESC NULLS LAST, experiment_id",
)


def experiment(*, several: bool = False) -> QueryVariable:
    """One experiment, or any of them, all at first."""
    about = "experiments" if several else "experiment, the one begun last at first"
    return _variable("experiment", about, _EXPERIMENTS, several=several)


def policy() -> QueryVariable:
    """Policies of the experiment."""
    return _variable("policy", "policies of the experiment", _named("policy_id"), several=True)


def task() -> QueryVariable:
    """Tasks of the experiment."""
    question = _named("task_id", "rpt_task_success")
    return _variable("task", "tasks of the experiment", question, several=True)


def job() -> QueryVariable:
    """Jobs of the experiment."""
    question = _named("job_id", "rpt_job_success")
    return _variable("job", "jobs of the experiment", question, several=True)


def run() -> QueryVariable:
    """A run of the experiment; others are reached by links."""
    question = Question(
        view="rpt_run_summary",
        columns=(text("run_id"),),
        where=(OF_EXPERIMENT,),
        order_by="started_at DESC NULLS LAST, run_id",
        limit=RUNS_OFFERED_MAX,
    )
    return _variable("run", "run of the experiment, the latest first", question, several=False)


def _named(column: str, view: str = "rpt_success_rates") -> Question:
    return Question(
        view=view, columns=(f"DISTINCT {column}",), where=(OF_EXPERIMENT,), order_by=column
    )


def _variable(name: str, about: str, question: Question, *, several: bool) -> QueryVariable:
    variable = (
        QueryVariable(name)
        .label(name)
        .description(about)
        .datasource(SOURCE)
        .query({"refId": name, "queryType": "sql", "rawSql": question.sql})
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.DISABLED)
        .multi(several)
        .include_all(several)
    )
    if several:
        variable.current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    return variable

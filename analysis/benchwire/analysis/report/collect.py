"""Asks the views for everything that a report says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from benchwire.analysis.query import Query, Row
from benchwire.analysis.report import behaviour_rows, comparison_rows, run_rows, spending_rows
from benchwire.analysis.report import success_rows as success
from benchwire.analysis.report.document import REPORT_VERSION, Overview, Report
from benchwire.analysis.report.notes import notes_on
from benchwire.analysis.report.scope import Scope
from benchwire.analysis.rows import Rows
from benchwire.schemas.errors import BenchwireError

QUESTIONS_MAX: Final = 18
TOO_EXPENSIVE: Final = frozenset({159, 241})
"""ClickHouse's codes: time over, memory over."""
NOT_BY_JOB: Final = (
    "pass_at_k",
    "models",
    "pareto",
    "phases",
    "comparisons",
    "flaky_tasks",
    "tools",
    "failures",
    "recoveries",
    "context_decisions",
)
"""Members whose views add up all jobs of an experiment."""


def collect(rows: Rows, scope: Scope, on_answer: Callable[[], None] = lambda: None) -> Report:
    """Ask all views; where the experiment has more jobs than the one chosen, fewer of them.

    `on_answer` is called after each of the questions, of which there are QUESTIONS_MAX at most.
    """
    rows = _told_of(rows, on_answer)
    params = scope.params()
    jobs = run_rows.JOBS.ask(rows, params)
    of_one_job = scope.job_id is not None and _has_other_jobs(rows, scope)
    timeline = run_rows.TIMELINE.ask(rows, params)
    policies = success.POLICY_SUCCESS_OF_JOB if of_one_job else success.POLICY_SUCCESS
    tasks = success.TASK_SUCCESS_OF_JOB if of_one_job else success.TASK_SUCCESS
    solved = policies.ask(rows, params)
    solved_tasks = tasks.ask(rows, params)
    spent = spending_rows.POLICY_SPENDING_OF_JOB if of_one_job else spending_rows.POLICY_SPENDING
    spending = spent.ask(rows, params)
    integrity = run_rows.INTEGRITY.ask(rows, params)
    too_expensive: list[str] = []
    phases: list[spending_rows.Phase] = []
    recoveries: list[behaviour_rows.Recovery] = []
    if not of_one_job:
        # These two read every step, call and failure of the experiment; all others a row per run.
        phases = _if_affordable("phases", spending_rows.PHASES, rows, params, too_expensive)
        recoveries = _if_affordable(
            "recoveries", behaviour_rows.RECOVERIES, rows, params, too_expensive
        )
    report = Report(
        report_version=REPORT_VERSION,
        experiment_id=scope.experiment_id,
        job_id=scope.job_id,
        policies=list(scope.policies),
        as_of=f"{scope.as_of.replace(' ', 'T')}Z",
        overview=_overview(jobs, integrity, solved, solved_tasks, spending),
        jobs=jobs,
        integrity=integrity,
        success=solved,
        pass_at_k=[] if of_one_job else success.PASS_AT_K.ask(rows, params),
        spending=spending,
        models=[] if of_one_job else spending_rows.MODEL_SPENDING.ask(rows, params),
        pareto=[] if of_one_job else spending_rows.PARETO.ask(rows, params),
        phases=phases,
        burn_rates=spending_rows.BURN_RATES.ask(rows, params),
        comparisons=[] if of_one_job else comparison_rows.COMPARISONS.ask(rows, params),
        tasks=solved_tasks,
        flaky_tasks=[] if of_one_job else success.FLAKY_TASKS.ask(rows, params),
        tools=[] if of_one_job else behaviour_rows.TOOL_USE.ask(rows, params),
        failures=[] if of_one_job else behaviour_rows.FAILURE_ROOTS.ask(rows, params),
        recoveries=recoveries,
        context_decisions=[] if of_one_job else behaviour_rows.CONTEXT_DECISIONS.ask(rows, params),
        trend=success.TREND.ask(rows, params),
        timeline=timeline[::-1],
        n_runs_not_in_timeline=sum(job.n_runs for job in jobs) - len(timeline),
        left_out=list(NOT_BY_JOB) if of_one_job else [],
        too_expensive=too_expensive,
        notes=[],
    )
    return replace(report, notes=notes_on(report))


def _if_affordable(
    member: str,
    query: Query[Row],
    rows: Rows,
    params: Mapping[str, str],
    too_expensive: list[str],
) -> list[Row]:
    """Ask, unless that takes more than a query may: then nothing, and the member is noted."""
    try:
        return query.ask(rows, params)
    except BenchwireError as error:
        if getattr(error, "code", None) not in TOO_EXPENSIVE:
            raise
        too_expensive.append(member)
        return []


def _told_of(rows: Rows, on_answer: Callable[[], None]) -> Rows:
    def asked(sql: str, params: Mapping[str, str] | None = None, /) -> list[tuple[Any, ...]]:
        answer = rows(sql, params)
        on_answer()
        return answer

    return asked


def _has_other_jobs(rows: Rows, scope: Scope) -> bool:
    everything = replace(scope, job_id=None, policies=())
    return len(run_rows.JOBS.ask(rows, everything.params())) > 1


def _overview(
    jobs: Sequence[run_rows.Job],
    integrity: Sequence[run_rows.Integrity],
    solved: Sequence[success.PolicySuccess],
    tasks: Sequence[success.TaskSuccess],
    spending: Sequence[spending_rows.PolicySpending],
) -> Overview:
    counting = [group for group in integrity if not group.is_superseded]
    return Overview(
        started_at=min((job.started_at for job in jobs if job.started_at), default=None),
        stopped_at=max((job.stopped_at for job in jobs if job.stopped_at), default=None),
        n_jobs=len(jobs),
        n_policies=len(solved),
        n_tasks=len({task.task_id for task in tasks}),
        n_runs=sum(job.n_runs for job in jobs),
        n_trials=sum(policy.n_trials for policy in solved),
        n_counted=sum(policy.n_counted for policy in solved),
        n_graded=sum(policy.n_graded for policy in solved),
        n_resolved=sum(policy.n_resolved for policy in solved),
        n_errored=sum(policy.n_errored for policy in solved),
        n_incomplete=sum(policy.n_incomplete for policy in solved),
        n_excluded=sum(policy.n_excluded for policy in solved),
        n_running=sum(job.n_running for job in jobs),
        n_stopped=sum(job.n_stopped for job in jobs),
        n_interrupted=sum(job.n_interrupted for job in jobs),
        n_abandoned=sum(job.n_abandoned for job in jobs),
        n_superseded=sum(group.n_runs for group in integrity if group.is_superseded),
        n_complete=sum(group.n_runs for group in counting if group.telemetry == "complete"),
        n_missing=sum(group.n_missing for group in counting),
        n_declared_lost=sum(group.n_declared_lost for group in counting),
        n_conflicts=sum(group.n_conflicts for group in counting),
        total_tokens=_known_sum(policy.total_tokens for policy in spending),
        nano_usd=_known_sum(job.nano_usd for job in jobs),
        cost_aiu=_in_aiu(_known_sum(policy.cost_nano_aiu for policy in spending)),
    )


def _known_sum(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _in_aiu(nano: int | None) -> float | None:
    return None if nano is None else nano / 1_000_000_000

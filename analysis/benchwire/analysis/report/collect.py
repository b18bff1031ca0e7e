"""Asks the views for everything that a report says."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final

from benchwire.analysis.asked_together import asked_together
from benchwire.analysis.query import Row
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


def collect(
    rows: Rows, scope: Scope, on_answer: Callable[[], None] = lambda: None, *, at_once: int = 1
) -> Report:
    """Ask all views; where the experiment has more jobs than the one chosen, fewer of them.

    `on_answer` is called after each of the questions, of which there are QUESTIONS_MAX at most.
    Both are called from `at_once` threads, `on_answer` by one at a time.
    """
    rows = _told_of(rows, on_answer)
    of_one_job = scope.job_id is not None and _has_other_jobs(rows, scope)
    policies = success.POLICY_SUCCESS_OF_JOB if of_one_job else success.POLICY_SUCCESS
    tasks = success.TASK_SUCCESS_OF_JOB if of_one_job else success.TASK_SUCCESS
    spent = spending_rows.POLICY_SPENDING_OF_JOB if of_one_job else spending_rows.POLICY_SPENDING
    with asked_together(rows, scope.params(), at_once) as asked:
        # What takes long first, so that it is not waited for at the end.
        comparisons = asked.put_unless(of_one_job, comparison_rows.COMPARISONS)
        phases = asked.put_unless(of_one_job, spending_rows.PHASES)
        burn_rates = asked.put(spending_rows.BURN_RATES)
        solved_tasks = asked.put(tasks)
        solved = asked.put(policies)
        spending = asked.put(spent)
        tools = asked.put_unless(of_one_job, behaviour_rows.TOOL_USE)
        context_decisions = asked.put_unless(of_one_job, behaviour_rows.CONTEXT_DECISIONS)
        models = asked.put_unless(of_one_job, spending_rows.MODEL_SPENDING)
        pareto = asked.put_unless(of_one_job, spending_rows.PARETO)
        pass_at_k = asked.put_unless(of_one_job, success.PASS_AT_K)
        trend = asked.put(success.TREND)
        failures = asked.put_unless(of_one_job, behaviour_rows.FAILURE_ROOTS)
        recoveries = asked.put_unless(of_one_job, behaviour_rows.RECOVERIES)
        jobs = asked.put(run_rows.JOBS)
        integrity = asked.put(run_rows.INTEGRITY)
        timeline = asked.put(run_rows.TIMELINE)
        flaky_tasks = asked.put_unless(of_one_job, success.FLAKY_TASKS)
        too_expensive: list[str] = []
        report = Report(
            report_version=REPORT_VERSION,
            experiment_id=scope.experiment_id,
            job_id=scope.job_id,
            policies=list(scope.policies),
            as_of=f"{scope.as_of.replace(' ', 'T')}Z",
            overview=_overview(
                jobs.result(),
                integrity.result(),
                solved.result(),
                solved_tasks.result(),
                spending.result(),
            ),
            jobs=jobs.result(),
            integrity=integrity.result(),
            success=solved.result(),
            pass_at_k=pass_at_k.result(),
            spending=spending.result(),
            models=models.result(),
            pareto=pareto.result(),
            # These two read what happened in each run; all others a row per run.
            phases=_if_affordable("phases", phases, too_expensive),
            recoveries=_if_affordable("recoveries", recoveries, too_expensive),
            burn_rates=burn_rates.result(),
            comparisons=comparisons.result(),
            tasks=solved_tasks.result(),
            flaky_tasks=flaky_tasks.result(),
            tools=tools.result(),
            failures=failures.result(),
            context_decisions=context_decisions.result(),
            trend=trend.result(),
            timeline=timeline.result()[::-1],
            n_runs_not_in_timeline=sum(job.n_runs for job in jobs.result())
            - len(timeline.result()),
            left_out=list(NOT_BY_JOB) if of_one_job else [],
            too_expensive=too_expensive,
            notes=[],
        )
    return replace(report, notes=notes_on(report))


def _if_affordable(member: str, answer: Future[list[Row]], too_expensive: list[str]) -> list[Row]:
    """Give the answer; if it took more than a query may, nothing, and the member is noted."""
    try:
        return answer.result()
    except BenchwireError as error:
        if getattr(error, "code", None) not in TOO_EXPENSIVE:
            raise
        too_expensive.append(member)
        return []


def _told_of(rows: Rows, on_answer: Callable[[], None]) -> Rows:
    telling = threading.Lock()

    def asked(sql: str, params: Mapping[str, str] | None = None, /) -> list[tuple[Any, ...]]:
        answer = rows(sql, params)
        with telling:
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

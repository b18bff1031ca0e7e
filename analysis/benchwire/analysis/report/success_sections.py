"""The sections about success: policies, pass@k, jobs."""

from collections.abc import Iterable, Sequence
from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.section import Section, Table
from benchwire.analysis.report.success_rows import PolicySuccess

K_MAX: Final = 10


def success_section(report: Report) -> Section:
    """How often each policy solves its tasks, the most successful first."""
    return Section(
        key="success",
        title="Success",
        about=(
            "How often each policy solves its tasks. Graded: of the trials with a verdict, with "
            "Wilson's interval. All: of all trials that are over, with the interval for other "
            "tasks like these."
        ),
        tables=[
            Table(
                key="success",
                title="Success by policy",
                columns=(
                    "policy",
                    "resolved / graded",
                    "graded",
                    "95 % (Wilson)",
                    "all",
                    "95 % (tasks)",
                    "strict",
                    "tasks",
                    "trials",
                    "n_incomplete",
                    "n_excluded",
                    "errors",
                ),
                rows=[_policy(policy) for policy in by_success(report.success)],
            )
        ]
        if report.success
        else [],
        empty="No policy has a run.",
    )


def by_success(policies: Iterable[PolicySuccess]) -> list[PolicySuccess]:
    """The most successful first; those of whom nothing is known last."""
    return sorted(
        policies,
        key=lambda policy: (
            policy.success_rate_graded is None,
            -(policy.success_rate_graded or 0),
            -(policy.success_rate_all or 0),
            policy.policy_id,
        ),
    )


def pass_at_k_section(report: Report) -> Section:
    """pass@k and pass^k."""
    ks = sorted({row.k for row in report.pass_at_k})
    found = {(row.policy_id, row.k): row for row in report.pass_at_k}
    shown = ks[:K_MAX]
    rows = [
        (
            policy,
            *(w.percent(at.pass_at_k if (at := found.get((policy, k))) else None) for k in shown),
            *(w.percent(at.pass_hat_k if (at := found.get((policy, k))) else None) for k in shown),
        )
        for policy in dict.fromkeys(row.policy_id for row in report.pass_at_k)
    ]
    remark = f"k up to {ks[-1]} is known; --json has all." if len(ks) > len(shown) else ""
    left_out = max((row.n_tasks_left_out for row in report.pass_at_k), default=0)
    if left_out:
        remark += f" Up to {w.things(left_out, 'task')} with fewer trials than k are left out."
    return Section(
        key="pass_at_k",
        title="Repetition",
        about="How likely one of k trials solves a task (pass@k), and how likely all do (pass^k).",
        tables=[
            Table(
                key="pass_at_k",
                title="pass@k and pass^k by policy",
                columns=(
                    "policy",
                    *(f"pass@{k}" for k in shown),
                    *(f"pass^{k}" for k in shown),
                ),
                rows=rows,
                remark=remark.strip(),
            )
        ]
        if rows
        else [],
        empty="No task has a finished trial.",
    )


def trend_section(report: Report) -> Section:
    """From job to job, where there are several."""
    points = [point for point in report.trend if report.job_id in {None, point.job_id}]
    if len({point.job_id for point in report.trend}) < 2:  # noqa: PLR2004 - a trend needs two
        points = []
    return Section(
        key="trend",
        title="From job to job",
        about=(
            "Each policy from job to job: the difference is to the job before that had a graded "
            "trial, as of independent samples. Jobs may hold other tasks."
        ),
        tables=[
            Table(
                key="trend",
                title="Success by job",
                names=2,
                columns=(
                    "policy",
                    "job",
                    "began",
                    "tasks",
                    "resolved / graded",
                    "graded",
                    "95 % (Wilson)",
                    "since before",
                    "95 %",
                    "n_incomplete",
                    "n_excluded",
                ),
                rows=[
                    (
                        point.policy_id,
                        point.job_id,
                        w.moment(point.first_started_at),
                        w.count(point.n_tasks),
                        f"{point.n_resolved:,} / {point.n_graded:,}",
                        w.percent(point.success_rate_graded),
                        w.interval(point.success_rate_graded_low, point.success_rate_graded_high),
                        w.points(point.difference),
                        w.points_interval(point.difference_low, point.difference_high),
                        w.count(point.n_incomplete),
                        w.count(point.n_excluded),
                    )
                    for point in points
                ],
            )
        ]
        if points
        else [],
        empty="There is one job, so there is no trend.",
    )


def _policy(policy: PolicySuccess) -> Sequence[str]:
    return (
        policy.policy_id,
        f"{policy.n_resolved:,} / {policy.n_graded:,}",
        w.percent(policy.success_rate_graded),
        w.interval(policy.success_rate_graded_low, policy.success_rate_graded_high),
        w.percent(policy.success_rate_all),
        w.interval(policy.success_rate_all_low, policy.success_rate_all_high),
        w.percent(policy.success_rate_strict),
        w.count(policy.n_tasks),
        w.count(policy.n_trials),
        w.count(policy.n_incomplete),
        w.count(policy.n_excluded),
        w.count(policy.n_errored),
    )

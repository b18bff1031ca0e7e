"""What the views say of success: by policy, task, k and job."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.report.view_query import (
    OF_EXPERIMENT,
    OF_JOB,
    OF_POLICIES,
    RUNS_AT,
    view_query,
)


@dataclass(frozen=True, slots=True)
class PolicySuccess:
    """How often one policy solved its tasks. Rates 0 to 1; None where the denominator is 0."""

    policy_id: str
    n_tasks: int
    n_trials: int
    n_runs: int
    n_counted: int
    """Trials that are over and not excluded."""
    n_graded: int
    n_resolved: int
    n_errored: int
    n_incomplete: int
    n_excluded: int
    success_rate_graded: float | None
    success_rate_graded_low: float | None
    """Lower end of its 95 % interval (Wilson: trials as independent)."""
    success_rate_graded_high: float | None
    success_rate_all: float | None
    """n_resolved / n_counted; an ungraded trial is not resolved."""
    success_rate_all_low: float | None
    """Lower end of its 95 % interval for other tasks like these (trials clustered in tasks)."""
    success_rate_all_high: float | None
    success_rate_strict: float | None
    mean_reward: float | None
    test_pass_rate: float | None


@dataclass(frozen=True, slots=True)
class PassAtK:
    """How likely one of k trials, and all k, solve a task: means over n_tasks."""

    policy_id: str
    k: int
    n_tasks: int
    n_tasks_left_out: int
    """Tasks with fewer than k trials."""
    pass_at_k: float | None
    pass_hat_k: float | None


@dataclass(frozen=True, slots=True)
class TaskSuccess:
    """How often one policy solved one task."""

    policy_id: str
    task_id: str
    n_trials: int
    n_counted: int
    n_resolved: int
    n_errored: int
    n_incomplete: int
    n_excluded: int


@dataclass(frozen=True, slots=True)
class FlakyTask:
    """A task that one configuration in one environment solves at one time and not at another."""

    policy_id: str
    task_id: str
    is_setup_known: bool
    """Whether configuration and environment are known to be the same."""
    n_graded: int
    n_resolved: int
    success_rate_graded: float | None
    outcome_entropy: float | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One policy in one job, jobs in the order in which they began."""

    policy_id: str
    job_no: int
    job_id: str
    first_started_at: str | None
    n_tasks: int
    n_graded: int
    n_resolved: int
    n_incomplete: int
    n_excluded: int
    success_rate_graded: float | None
    success_rate_graded_low: float | None
    success_rate_graded_high: float | None
    previous_job_id: str | None
    difference: float | None
    """Since the job before: success_rate_graded, with its 95 % interval."""
    difference_low: float | None
    difference_high: float | None


_WITHIN: Final = (OF_EXPERIMENT, OF_POLICIES)

POLICY_SUCCESS: Final = view_query(
    "How often does each policy solve its tasks?",
    PolicySuccess,
    "rpt_success_rates",
    where=_WITHIN,
    order_by="policy_id",
)
POLICY_SUCCESS_OF_JOB: Final = view_query(
    "How often did each policy solve its tasks in the job?",
    PolicySuccess,
    "rpt_job_success",
    where=(*_WITHIN, OF_JOB),
    order_by="policy_id",
)
PASS_AT_K: Final = view_query(
    "How likely does one of k trials solve a task, and how likely do all?",
    PassAtK,
    "rpt_pass_at_k",
    where=_WITHIN,
    order_by="policy_id, k",
)
TASK_SUCCESS: Final = view_query(
    "Who solves what?",
    TaskSuccess,
    "rpt_task_success",
    where=_WITHIN,
    order_by="task_id, policy_id",
)
TASK_SUCCESS_OF_JOB: Final = Query(
    "Who solved what in the job?",
    TaskSuccess,
    f"""
SELECT
    toString(policy_id) AS policy,
    toString(task_id) AS task,
    countIf(is_final_attempt),
    countIf(is_final_attempt AND isNotNull(success_all)),
    countIf(is_final_attempt AND ifNull(success_all, 0)),
    countIf(is_final_attempt AND isNotNull(success_all) AND ifNull(status != 'ok', false)),
    countIf(is_final_attempt AND NOT is_excluded AND isNull(success_all)),
    countIf(is_final_attempt AND is_excluded)
FROM {RUNS_AT}
WHERE {OF_EXPERIMENT}
    AND {OF_JOB}
    AND {OF_POLICIES}
GROUP BY
    policy,
    task
ORDER BY
    task,
    policy
""",  # noqa: S608 - constants
)
FLAKY_TASKS: Final = view_query(
    "Which tasks are solved at one time and not at another?",
    FlakyTask,
    "rpt_flaky_tasks",
    where=_WITHIN,
    order_by="outcome_entropy DESC, n_graded DESC, policy_id, task_id, cfg_hash, env_hash",
)
TREND: Final = view_query(
    "Does a policy solve more or less from job to job?",
    TrendPoint,
    "rpt_success_trend",
    where=_WITHIN,
    order_by="policy_id, job_no",
)

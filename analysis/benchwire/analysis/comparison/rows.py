"""What the views say of two policies beside the comparison itself: tasks, and where they differ."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.report.comparison_rows import PolicyComparison
from benchwire.analysis.report.view_query import view_query

_PAIR: Final = (
    "experiment = {experiment:String}, policy_a = {policy_a:String}, policy_b = {policy_b:String}"
)


@dataclass(frozen=True, slots=True)
class ComparedTask:
    """One task of either policy, over all counted trials, matched or not."""

    task_id: str
    n_counted_a: int
    n_counted_b: int
    n_resolved_a: int
    n_resolved_b: int
    n_incomplete_a: int
    n_incomplete_b: int
    n_excluded_a: int
    n_excluded_b: int
    difference: float | None
    """Success rate of B minus that of A."""
    solved_by: str | None
    """``both``, ``only_a``, ``only_b``, ``neither``; None: one of them has no counted trial."""
    mean_cost_aiu_a: float | None
    mean_cost_aiu_b: float | None
    mean_tokens_a: float | None
    mean_tokens_b: float | None
    mean_duration_ms_a: float | None
    mean_duration_ms_b: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry of the configuration or the environment that is not the same in some pair."""

    kind: str
    """``config`` or ``environment``."""
    key: str
    n_pairs_compared: int
    n_pairs_differing: int
    n_pairs_without_a: int
    """Of n_pairs_differing: A does not have the entry."""
    n_pairs_without_b: int
    values_a: list[str]
    """JSON texts."""
    values_b: list[str]


@dataclass(frozen=True, slots=True)
class Holder:
    """Something that has a label; which experiment it is in."""

    experiment_id: str
    label: str
    kind: str
    """``policy``, ``job`` or ``experiment``."""


COMPARISON: Final = view_query(
    "How do the two compare?",
    PolicyComparison,
    f"rpt_policy_comparison({_PAIR})",
    where=("n_pairs >= 0",),
    order_by="policy_a",
)
TASKS: Final = view_query(
    "Which tasks does one solve that the other does not?",
    ComparedTask,
    f"rpt_task_comparison({_PAIR})",
    where=("task_id != ''",),
    order_by="difference NULLS LAST, task_id",
)
DIFFERENCES: Final = view_query(
    "In what do their configurations and environments differ?",
    Difference,
    f"rpt_policy_differences({_PAIR})",
    where=("n_pairs_differing > 0",),
    order_by="kind, key",
)
HOLDERS: Final = Query(
    "What do the two names name?",
    Holder,
    """
SELECT DISTINCT
    toString(experiment_id) AS experiment,
    named.1,
    named.2
FROM rpt_run_summary
ARRAY JOIN [
    tuple(toString(policy_id), 'policy'),
    tuple(toString(job_id), 'job'),
    tuple(toString(experiment_id), 'experiment')
] AS named
WHERE named.1 IN ({policy_a:String}, {policy_b:String})
ORDER BY
    experiment,
    named.2,
    named.1
""",
)

"""What the views say of how policies work: tools, failures, decisions about the context."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.report.view_query import OF_EXPERIMENT, OF_POLICIES, view_query


@dataclass(frozen=True, slots=True)
class ToolUse:
    """How one policy uses one tool. Latencies in milliseconds, exact percentiles."""

    policy_id: str
    tool_name: str
    n_calls: int
    calls_per_run: float | None
    n_failure_known: int
    n_failed: int
    failure_rate: float | None
    nonzero_exit_rate: float | None
    retry_rate: float | None
    n_timed: int
    latency_ms_p50: float | None
    latency_ms_p90: float | None
    latency_ms_p99: float | None
    latency_ms_max: float | None


@dataclass(frozen=True, slots=True)
class FailureRoot:
    """What goes wrong in the runs of one policy, by root and category."""

    policy_id: str
    root_kind: str
    error_category: str | None
    n_runs: int
    n_runs_with_failures: int
    n_failures: int
    n_fatal: int
    n_recovery_known: int
    """Failures with an attempt at recovery that says whether it helped."""
    n_recovered: int
    recovery_rate: float | None
    recovery_ms_p50: float | None
    contributing_factors: dict[str, int]
    remediation_suggestions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was seen after failures of one root: whether work went on, and what became of it."""

    policy_id: str
    root_kind: str
    n_failures: int
    n_runs_with_failures: int
    n_incomplete: int
    n_excluded: int
    n_recovery_known: int
    n_recovered: int
    recovery_rate: float | None
    recovery_rate_low: float | None
    recovery_rate_high: float | None
    recovery_ms_p50: float | None
    tokens_p50: float | None
    """Spent until work went on."""
    n_graded_with: int
    n_resolved_with: int
    success_rate_graded_with: float | None
    """Of the trials with such a failure."""
    success_rate_graded_without: float | None


@dataclass(frozen=True, slots=True)
class ContextDecisions:
    """What one policy keeps, drops and rewrites in its context window."""

    policy_id: str
    kind: str
    segment_kind: str | None
    n_runs: int
    n_runs_with_decisions: int
    n_decisions: int
    decisions_per_run: float | None
    n_kept_known: int
    kept_rate: float | None
    n_failed: int
    tokens_before: int | None
    tokens_after: int | None
    tokens_kept_share: float | None
    tokens_removed: int | None
    mean_confidence: float | None
    duration_ms_p50: float | None
    aiu: float | None
    """What deciding itself cost; the run's total holds it too."""


_WITHIN: Final = (OF_EXPERIMENT, OF_POLICIES)

TOOL_USE: Final = view_query(
    "How does each policy use each tool?",
    ToolUse,
    "rpt_tool_calls",
    where=_WITHIN,
    order_by="tool_name, policy_id",
)
FAILURE_ROOTS: Final = view_query(
    "What goes wrong, and what is recovered from?",
    FailureRoot,
    "rpt_failures",
    where=_WITHIN,
    order_by="root_kind, error_category NULLS LAST, policy_id",
)
RECOVERIES: Final = view_query(
    "Does work go on after a failure, and are such trials still resolved?",
    Recovery,
    "rpt_failure_recovery(experiment = {experiment:String})",
    where=(OF_POLICIES,),
    order_by="root_kind, policy_id",
)
CONTEXT_DECISIONS: Final = view_query(
    "What is kept and dropped in the context window?",
    ContextDecisions,
    "rpt_context_decisions",
    where=_WITHIN,
    order_by="policy_id, kind, segment_kind NULLS LAST",
)

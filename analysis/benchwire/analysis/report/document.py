"""The report as one document: what `--json` prints, and what the other forms are made of."""

from dataclasses import dataclass
from typing import Literal

from benchwire.analysis.report.behaviour_rows import (
    ContextDecisions,
    FailureRoot,
    Recovery,
    ToolUse,
)
from benchwire.analysis.report.comparison_rows import PolicyComparison
from benchwire.analysis.report.run_rows import Integrity, Job, TimelineRun
from benchwire.analysis.report.spending_rows import (
    BurnRate,
    ModelSpending,
    ParetoPlace,
    Phase,
    PolicySpending,
)
from benchwire.analysis.report.success_rows import (
    FlakyTask,
    PassAtK,
    PolicySuccess,
    TaskSuccess,
    TrendPoint,
)

REPORT_VERSION = 1
"""Raised when a member of the document goes or changes its meaning; new members do not raise it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts over all policies of the report, and when they ran (UTC)."""

    started_at: str | None
    stopped_at: str | None
    n_jobs: int
    n_policies: int
    n_tasks: int
    n_runs: int
    n_trials: int
    n_counted: int
    n_graded: int
    n_resolved: int
    n_errored: int
    n_incomplete: int
    n_excluded: int
    n_running: int
    n_stopped: int
    n_interrupted: int
    n_abandoned: int
    n_superseded: int
    """Runs that count nowhere, because another import of the same recording counts."""
    n_complete: int
    """Runs whose telemetry is provably complete."""
    n_missing: int
    n_declared_lost: int
    n_conflicts: int
    total_tokens: int | None
    cost_aiu: float | None
    nano_usd: int | None
    """What runs state in 10⁻⁹ US dollars; never turned into AIU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence that a reader needs to read the numbers rightly."""

    kind: Literal["warning", "reading"]
    """Whether something about these data calls for care, or it is how to read any such report."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a report says."""

    report_version: int
    experiment_id: str
    job_id: str | None
    """The only job the report is about; None: all."""
    policies: list[str]
    """The policies it is limited to; empty: all."""
    as_of: str
    overview: Overview
    jobs: list[Job]
    integrity: list[Integrity]
    success: list[PolicySuccess]
    pass_at_k: list[PassAtK]
    spending: list[PolicySpending]
    models: list[ModelSpending]
    pareto: list[ParetoPlace]
    phases: list[Phase]
    burn_rates: list[BurnRate]
    """Of the jobs that are running; empty where the report is limited to some policies."""
    comparisons: list[PolicyComparison]
    tasks: list[TaskSuccess]
    flaky_tasks: list[FlakyTask]
    tools: list[ToolUse]
    failures: list[FailureRoot]
    recoveries: list[Recovery]
    context_decisions: list[ContextDecisions]
    trend: list[TrendPoint]
    timeline: list[TimelineRun]
    """The runs that started last, earliest first; those that do not tell their time are missing."""
    n_runs_not_in_timeline: int
    left_out: list[str]
    """Members that are empty because no view tells the jobs apart in them."""
    too_expensive: list[str]
    """Members that are empty because a query may not take so long or so much memory."""
    notes: list[Note]

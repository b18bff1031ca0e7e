"""The sections about how policies work: tools, failures, context."""

from collections.abc import Sequence
from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.behaviour_rows import FailureRoot, ToolUse
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.section import Section, Table

TOOL_ROWS_MAX: Final = 60
NAMED_MAX: Final = 10


def tool_section(report: Report) -> Section:
    """How tools are used, the most used first."""
    used = sorted(report.tools, key=lambda tool: (-tool.n_calls, tool.tool_name, tool.policy_id))
    hidden = len(used) - TOOL_ROWS_MAX
    return Section(
        key="tools",
        title="Tools",
        about="How often each tool is called, how often that fails, and how long it takes.",
        tables=[
            Table(
                key="tools",
                title="Tools by policy",
                names=2,
                columns=(
                    "tool",
                    "policy",
                    "calls",
                    "per run",
                    "failed",
                    "exit not 0",
                    "retried",
                    "p50",
                    "p90",
                    "p99",
                    "timed",
                ),
                rows=[_tool(tool) for tool in used[:TOOL_ROWS_MAX]],
                remark=f"{hidden:,} more rows, less used: --json has all." if hidden > 0 else "",
            )
        ]
        if used
        else [],
        empty="No tool call is recorded.",
    )


def failure_section(report: Report) -> Section:
    """What goes wrong, the most frequent first."""
    found = sorted(
        report.failures,
        key=lambda each: (
            -each.n_failures,
            each.root_kind,
            each.error_category or "",
            each.policy_id,
        ),
    )
    tables = [
        Table(
            key="failures",
            title="Failures by root, category and policy",
            names=3,
            columns=(
                "root",
                "category",
                "policy",
                "failures",
                "runs with one",
                "fatal",
                "recovered",
                "recovery p50",
            ),
            rows=[_failure(failure) for failure in found],
        )
    ]
    tables += [
        _recovery_table(report),
        _named(found, "contributing_factors", "Contributing factors"),
        _named(found, "remediation_suggestions", "Suggested remedies"),
    ]
    return Section(
        key="failures",
        title="Failures",
        about=(
            "What went wrong inside runs, by root. Recovered: of the failures with an attempt at "
            "recovery that says whether it helped."
        ),
        tables=[table for table in tables if table.rows],
        empty="No failure is recorded.",
    )


def context_section(report: Report) -> Section:
    """What policies keep, drop and rewrite in their context windows."""
    return Section(
        key="context_decisions",
        title="Context",
        about="What each policy keeps, drops and rewrites in its context window.",
        tables=[
            Table(
                key="context_decisions",
                title="Context decisions",
                names=3,
                columns=(
                    "policy",
                    "kind",
                    "segment",
                    "decisions",
                    "per run",
                    "kept",
                    "failed",
                    "tokens before",
                    "tokens after",
                    "tokens kept",
                    "confidence",
                    "AIU",
                ),
                rows=[
                    (
                        each.policy_id,
                        each.kind,
                        each.segment_kind or w.UNKNOWN,
                        w.count(each.n_decisions),
                        w.number(each.decisions_per_run),
                        w.percent(each.kept_rate),
                        w.count(each.n_failed),
                        w.short(each.tokens_before),
                        w.short(each.tokens_after),
                        w.percent(each.tokens_kept_share),
                        w.number(each.mean_confidence),
                        w.aiu(each.aiu),
                    )
                    for each in report.context_decisions
                ],
            )
        ]
        if report.context_decisions
        else [],
        empty="No decision about the context is recorded.",
    )


def _tool(tool: ToolUse) -> Sequence[str]:
    return (
        tool.tool_name,
        tool.policy_id,
        w.count(tool.n_calls),
        w.number(tool.calls_per_run),
        w.percent(tool.failure_rate),
        w.percent(tool.nonzero_exit_rate),
        w.percent(tool.retry_rate),
        w.milliseconds(tool.latency_ms_p50),
        w.milliseconds(tool.latency_ms_p90),
        w.milliseconds(tool.latency_ms_p99),
        w.count(tool.n_timed),
    )


def _failure(failure: FailureRoot) -> Sequence[str]:
    return (
        failure.root_kind,
        failure.error_category or w.UNKNOWN,
        failure.policy_id,
        w.count(failure.n_failures),
        f"{failure.n_runs_with_failures:,} / {failure.n_runs:,}",
        w.count(failure.n_fatal),
        f"{failure.n_recovered:,} / {failure.n_recovery_known:,}",
        w.milliseconds(failure.recovery_ms_p50),
    )


def _recovery_table(report: Report) -> Table:
    return Table(
        key="recoveries",
        title="After failures: whether work was seen to go on",
        names=2,
        columns=(
            "root",
            "policy",
            "failures",
            "went on",
            "rate",
            "95 % (Wilson)",
            "time p50",
            "tokens p50",
            "resolved with",
            "resolved without",
            "n_incomplete",
            "n_excluded",
        ),
        rows=[
            (
                each.root_kind,
                each.policy_id,
                w.count(each.n_failures),
                f"{each.n_recovered:,} / {each.n_recovery_known:,}",
                w.percent(each.recovery_rate),
                w.interval(each.recovery_rate_low, each.recovery_rate_high),
                w.milliseconds(each.recovery_ms_p50),
                w.short(each.tokens_p50),
                w.percent(each.success_rate_graded_with),
                w.percent(each.success_rate_graded_without),
                w.count(each.n_incomplete),
                w.count(each.n_excluded),
            )
            for each in report.recoveries
        ],
    )


def _named(failures: Sequence[FailureRoot], member: str, title: str) -> Table:
    """Texts that failures name, added up over policies and categories."""
    totals: dict[tuple[str, str], int] = {}
    for failure in failures:
        texts: dict[str, int] = getattr(failure, member)
        for text, n_failures in texts.items():
            key = (failure.root_kind, text)
            totals[key] = totals.get(key, 0) + n_failures
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:NAMED_MAX]
    return Table(
        key=member,
        title=title,
        names=2,
        columns=("root", "text", "failures"),
        rows=[(root, text, w.count(n_failures)) for (root, text), n_failures in ranked],
    )

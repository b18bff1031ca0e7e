"""The section about pairs of policies."""

from collections.abc import Sequence
from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.comparison_rows import PolicyComparison
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.section import Section, Table

COMPARISONS_MAX: Final = 40


def comparison_section(report: Report) -> Section:
    """Every pair of policies, the surest difference first."""
    pairs = sorted(
        (pair for pair in report.comparisons if pair.n_pairs),
        key=lambda pair: (
            1.0 if pair.holm_p_value is None else pair.holm_p_value,
            -abs(pair.difference or 0),
            pair.policy_a,
            pair.policy_b,
        ),
    )
    hidden = len(pairs) - COMPARISONS_MAX
    return Section(
        key="comparisons",
        title="Comparisons",
        about=(
            "Two policies on the trials that both have, paired by task and seed or trial number. "
            "The difference is B's success rate minus A's, in percentage points; `benchwire "
            "compare A B` says more of one pair."
        ),
        tables=[
            Table(
                key="comparisons",
                title="Pairs of policies",
                names=2,
                columns=(
                    "A",
                    "B",
                    "pairs",
                    "A solves",
                    "B solves",
                    "B - A",
                    "95 %",
                    "only A",
                    "only B",
                    "p (Holm)",
                    "smallest detectable",
                    "AIU B / A",
                    "environment",
                ),
                rows=[_pair(pair) for pair in pairs[:COMPARISONS_MAX]],
                remark=f"{hidden:,} more pairs, less sure: --json has all." if hidden > 0 else "",
            )
        ]
        if pairs
        else [],
        empty="There are no two policies with trials that match.",
    )


def _pair(pair: PolicyComparison) -> Sequence[str]:
    environment = {True: "differs", False: "same", None: "unknown"}[pair.environment_differs]
    return (
        pair.policy_a,
        pair.policy_b,
        w.count(pair.n_pairs),
        w.percent(pair.success_rate_all_a),
        w.percent(pair.success_rate_all_b),
        w.points(pair.difference),
        w.points_interval(pair.difference_low, pair.difference_high),
        w.count(pair.n_only_a),
        w.count(pair.n_only_b),
        w.p_value(pair.holm_p_value),
        w.points(pair.detectable_difference).removeprefix("+"),
        w.ratio(pair.aiu_ratio),
        environment,
    )

"""What the views say of two policies on the trials that both had."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.report.view_query import OF_EXPERIMENT, view_query


@dataclass(frozen=True, slots=True)
class PolicyComparison:
    """Two policies on their matched trials, as rpt_policy_comparisons defines it.

    Differences are b - a, ratios b / a; intervals 95 %.
    """

    policy_a: str
    policy_b: str
    n_pairs: int
    n_tasks: int
    n_both: int
    n_only_a: int
    n_only_b: int
    n_neither: int
    n_ungraded_a: int
    n_ungraded_b: int
    n_unmatched_a: int
    """Counted trials without a counted counterpart."""
    n_unmatched_b: int
    n_incomplete_a: int
    n_incomplete_b: int
    n_excluded_a: int
    n_excluded_b: int
    success_rate_all_a: float | None
    success_rate_all_b: float | None
    difference: float | None
    difference_low: float | None
    """For other tasks like these: robust to trials that are clustered in tasks."""
    difference_high: float | None
    anytime_low: float | None
    """Holds however often one looks, and whenever one stops."""
    anytime_high: float | None
    mcnemar_p_value: float | None
    mcnemar_mid_p_value: float | None
    holm_p_value: float | None
    """The exact p, adjusted for the n_comparisons pairs of policies of the experiment."""
    n_comparisons: int
    detectable_difference: float | None
    """The smallest that so many pairs find with 80 % power."""
    n_pairs_with_cost: int
    cost_nano_aiu_a: int | None
    cost_nano_aiu_b: int | None
    aiu_ratio: float | None
    aiu_ratio_low: float | None
    aiu_ratio_high: float | None
    n_pairs_with_tokens: int
    total_tokens_a: int | None
    total_tokens_b: int | None
    token_ratio: float | None
    token_ratio_low: float | None
    token_ratio_high: float | None
    n_pairs_in_other_environments: int
    n_pairs_in_unknown_environments: int
    environment_differs: bool | None
    n_differing_environment_keys: int
    differing_environment_keys: list[str]
    differing_config_keys: list[str]


COMPARISONS: Final = view_query(
    "Which of two policies solves more, at what price, and how sure is that?",
    PolicyComparison,
    "rpt_policy_comparisons",
    where=(
        OF_EXPERIMENT,
        """(
        {policies:String} = '[]'
        OR hasAll(JSONExtract({policies:String}, 'Array(String)'), [policy_a, policy_b])
    )""",
    ),
    order_by="policy_a, policy_b",
)

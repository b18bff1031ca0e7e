"""What the views say of cost: tokens and AIU by policy and by model."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.report.view_query import (
    BURN_RATE_AT,
    OF_EXPERIMENT,
    OF_JOB,
    OF_POLICIES,
    RUNS_AT,
    view_query,
)


@dataclass(frozen=True, slots=True)
class PolicySpending:
    """What one policy spent. Every attempt counts, except those of excluded trials.

    A run that states 0 tokens and no cost asked no model and is in no mean.
    """

    policy_id: str
    n_runs: int
    n_cost_declared: int
    """Runs that state what they cost."""
    n_cost_derived: int
    """Runs whose cost the price book derives from their tokens."""
    n_cost_unknown: int
    n_runs_with_cost: int
    n_resolved_with_cost: int
    n_runs_with_tokens: int
    input_tokens: int | None
    """Not cached."""
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    """Beside output_tokens, never added to them."""
    total_tokens: int | None
    cache_hit_ratio: float | None
    cost_nano_aiu: int | None
    cost_aiu: float | None
    wasted_share: float | None
    """Of the cost: what unresolved trials and earlier attempts took."""
    cost_aiu_per_run: float | None
    cost_aiu_per_solve: float | None
    tokens_per_run: float | None
    tokens_per_solve: float | None


@dataclass(frozen=True, slots=True)
class ParetoPlace:
    """Where one policy stands between success and cost, as rpt_pareto has it."""

    policy_id: str
    n_counted: int
    n_trials_with_cost: int
    success_rate_all: float | None
    cost_aiu_per_trial: float | None
    """All attempts of the trials that are over."""
    is_on_front: bool | None
    """Whether no policy of the experiment solves as much for less; None: cost or rate unknown."""
    dominated_by: str | None
    tied_with: list[str]


@dataclass(frozen=True, slots=True)
class ModelSpending:
    """What one policy spent on one model."""

    policy_id: str
    model: str | None
    n_runs: int
    requests: int | None
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cache_hit_ratio: float | None
    cost_aiu: float | None


@dataclass(frozen=True, slots=True)
class Phase:
    """One of five near-equal parts of the runs of a policy; shares are of all five together."""

    policy_id: str
    phase: int
    name: str
    n_runs: int
    n_incomplete: int
    n_excluded: int
    mean_turns: float | None
    mean_tool_calls: float | None
    mean_tokens: float | None
    token_share: float | None
    mean_cost_aiu: float | None
    cost_share: float | None
    cache_hit_ratio: float | None
    mean_context_tokens: float | None
    mean_duration_ms: float | None


@dataclass(frozen=True, slots=True)
class BurnRate:
    """What a running job spends, and what it will have spent, as rpt_burn_rate_at projects it."""

    job_id: str
    age_seconds: float
    n_runs_running: int
    n_runs_without_cost: int
    n_trials_done: int
    n_trials_running: int
    n_trials_expected: int | None
    done_share: float | None
    total_tokens: int | None
    cost_aiu: float | None
    aiu_per_minute: float | None
    aiu_per_minute_recent: float | None
    """Over the last ten minutes."""
    projected_aiu: float | None


_WITHIN: Final = (OF_EXPERIMENT, OF_POLICIES)

BURN_RATES: Final = view_query(
    "What do the jobs that are running spend?",
    BurnRate,
    BURN_RATE_AT,
    where=(OF_EXPERIMENT, OF_JOB, "{policies:String} = '[]'"),
    order_by="job_id",
)
POLICY_SPENDING: Final = view_query(
    "What does each policy spend, per run and per solved trial?",
    PolicySpending,
    "rpt_policy_economics",
    where=_WITHIN,
    order_by="policy_id",
)
POLICY_SPENDING_OF_JOB: Final = Query(
    "What did each policy spend in the job?",
    PolicySpending,
    f"""
WITH
    ifNull(total_tokens != 0, true) OR ifNull(cost_nano_aiu != 0, false) AS is_spender,
    is_final_attempt AND ifNull(success_all, 0) AS is_resolved,
    is_final_attempt AND ifNull(NOT success_graded, 0) AS is_unresolved,
    isNotNull(total_tokens) AND is_spender AS has_tokens,
    isNotNull(cost_nano_aiu) AND is_spender AS has_cost
SELECT
    toString(policy_id) AS policy,
    count(),
    countIf(ifNull(cost_source = 'declared', false)),
    countIf(ifNull(cost_source = 'derived', false)),
    countIf(isNull(cost_source)),
    countIf(has_cost) AS n_with_cost,
    countIf(has_cost AND is_resolved) AS n_resolved_with_costs,
    countIf(has_tokens) AS n_with_tokens,
    sum(input_tokens) AS input,
    sum(cache_read_tokens) AS cache_read,
    sum(cache_write_tokens) AS cache_write,
    sum(output_tokens),
    sum(reasoning_tokens),
    sum(total_tokens) AS total,
    cache_read / nullIf(ifNull(input, 0) + cache_read + ifNull(cache_write, 0), 0),
    sum(cost_nano_aiu) AS cost,
    cost / 1000000000,
    ifNull(sumIf(cost_nano_aiu, is_unresolved OR NOT is_final_attempt), 0) / nullIf(cost, 0),
    cost / nullIf(n_with_cost, 0) / 1000000000,
    cost / nullIf(n_resolved_with_costs, 0) / 1000000000,
    total / nullIf(n_with_tokens, 0),
    total / nullIf(countIf(has_tokens AND is_resolved), 0)
FROM {RUNS_AT}
WHERE {OF_EXPERIMENT}
    AND {OF_JOB}
    AND {OF_POLICIES}
    AND NOT is_excluded
GROUP BY policy
ORDER BY policy
""",  # noqa: S608 - constants
)
PARETO: Final = view_query(
    "Which policies are beaten by none in both success and cost?",
    ParetoPlace,
    "rpt_pareto",
    where=_WITHIN,
    order_by="policy_id",
)
MODEL_SPENDING: Final = view_query(
    "What does each policy spend on each model?",
    ModelSpending,
    "rpt_token_economics",
    where=_WITHIN,
    order_by="policy_id, model NULLS LAST",
)
PHASES: Final = view_query(
    "In which phase of a run does each policy spend what?",
    Phase,
    "rpt_phase_economics(experiment = {experiment:String})",
    where=(OF_POLICIES,),
    order_by="policy_id, phase",
)

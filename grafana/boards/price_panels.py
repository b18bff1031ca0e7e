"""Panels of what policies cost, and of success against that."""

from typing import Final

from grafana.boards.panels import bars, figures, points, rows
from grafana.boards.question import OF_EXPERIMENT, Question, chosen
from grafana.boards.units import AIU, RATE, TOKENS

_POLICIES: Final = (OF_EXPERIMENT, chosen("policy"))

COST = figures(
    "Cost",
    "What the chosen policies spent with all attempts, and for each solved trial.",
    Question(
        view="rpt_policy_economics",
        columns=(
            "sum(cost_nano_aiu) / 1e9 AS cost_aiu",
            "sum(cost_nano_aiu) / 1e9 / nullIf(sum(n_resolved), 0) AS cost_aiu_per_solve",
            "sum(total_tokens) AS tokens",
        ),
        where=_POLICIES,
    ),
)
PARETO = points(
    "Success against cost",
    "One point for each policy: mean cost of a trial against the share of counted trials that "
    "are solved. Up and to the left is better; rpt_pareto says who is on the front.",
    Question(
        view="rpt_pareto",
        columns=("policy_id", "cost_aiu_per_trial", "success_rate_all"),
        where=_POLICIES,
        order_by="policy_id",
    ),
    RATE,
    by="policy_id",
)
TOKENS_SUCCESS = points(
    "Success against tokens",
    "One point for each policy: mean tokens of a run against the share of counted trials that "
    "are solved.",
    Question(
        view="rpt_policy_economics",
        columns=(
            "policy_id",
            "tokens_per_run",
            "n_resolved / nullIf(n_resolved + n_unresolved + n_ungraded, 0) AS success_rate_all",
        ),
        where=_POLICIES,
        order_by="policy_id",
    ),
    RATE,
    by="policy_id",
)
FRONT = rows(
    "Pareto front",
    "Policies that none beats in both success and cost, and who beats the others.",
    Question(
        view="rpt_pareto",
        columns=(
            "policy_id",
            "if(is_on_front = 1, 'yes', 'no') AS on_front",
            "success_rate_all",
            "cost_aiu_per_trial",
            "dominated_by",
        ),
        where=_POLICIES,
        order_by="is_on_front DESC NULLS LAST, cost_aiu_per_trial, policy_id",
    ),
)
PER_SOLVE = bars(
    "Cost per run and per solved trial",
    "Everything a policy spent, all attempts, divided by its runs and by its solved trials.",
    Question(
        view="rpt_policy_economics",
        columns=("policy_id", "cost_aiu_per_run", "cost_aiu_per_solve"),
        where=_POLICIES,
        order_by="policy_id",
    ),
    AIU,
)
BUCKETS = bars(
    "Tokens of each policy",
    "All attempts. input_tokens are those not read from the cache; reasoning tokens are "
    "counted beside output and not shown.",
    Question(
        view="rpt_policy_economics",
        columns=(
            "policy_id",
            "input_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "output_tokens",
        ),
        where=_POLICIES,
        order_by="policy_id",
    ),
    TOKENS,
    stacked=True,
)

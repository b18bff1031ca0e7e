"""Panels of context windows: how they grow, what is kept in them, and what that is worth."""

from typing import Final

from grafana.boards.board import RUN_URL
from grafana.boards.panels import points, rows
from grafana.boards.question import OF_EXPERIMENT, Question, chosen, of_experiment, text
from grafana.boards.units import RATE, TOKENS

_POLICY: Final = chosen("policy")

GROWTH = points(
    "Context from turn to turn",
    "Median fill of the main agent's context after its n-th turn. Later turns are those of long "
    "runs only.",
    Question(
        view=of_experiment("rpt_context_growth"),
        columns=("policy_id", "agent_turn_no", "context_tokens_p50"),
        where=(_POLICY,),
        order_by="policy_id, agent_turn_no",
    ),
    TOKENS,
    by="policy_id",
    joined=True,
)
CACHE = points(
    "Cache hits from turn to turn",
    "The share of what each turn read that came from the cache, all runs together.",
    Question(
        view=of_experiment("rpt_context_growth"),
        columns=("policy_id", "agent_turn_no", "cache_hit_ratio"),
        where=(_POLICY,),
        order_by="policy_id, agent_turn_no",
    ),
    RATE,
    by="policy_id",
    joined=True,
)
PHASES = points(
    "Tokens by phase",
    "Mean tokens of a run in each fifth of its turns; runs of fewer than five turns have none.",
    Question(
        view=of_experiment("rpt_phase_economics"),
        columns=("policy_id", "phase", "mean_tokens"),
        where=(_POLICY,),
        order_by="policy_id, phase",
    ),
    TOKENS,
    by="policy_id",
    joined=True,
)
DECISIONS = rows(
    "Context decisions",
    "What each policy keeps, drops and rewrites, and what deciding costs.",
    Question(
        view="rpt_context_decisions",
        columns=(
            "policy_id",
            "kind",
            "segment_kind",
            "n_decisions",
            "decisions_per_run",
            "kept_rate",
            "tokens_before",
            "tokens_removed",
            "mean_confidence",
            "mean_impact",
            "aiu",
        ),
        where=(OF_EXPERIMENT, _POLICY),
        order_by="n_decisions DESC, policy_id, kind, segment_kind",
    ),
    gauges=("kept_rate",),
)
CALIBRATION = points(
    "Calibration of context decisions",
    "For each tenth of stated confidence: how sure the decider was, and how often it was right. "
    "Judged by impact and by pruning errors; on the diagonal it is as sure as it should be. Empty "
    "where no decision states its confidence.",
    Question(
        view=of_experiment("rpt_context_calibration"),
        columns=(
            "concat(policy_id, ', by ', judged_by) AS decider",
            "mean_confidence",
            "right_rate",
        ),
        where=(_POLICY, "n_known > 0", "bin_no IS NOT NULL"),
        order_by="decider, bin_no",
    ),
    RATE,
    by="decider",
    joined=True,
)
COMPACTIONS = rows(
    "Compactions and truncations",
    "What each cost and saved, and what it did to the cache: the hit ratio of the turns before "
    "and after it. What was saved takes a price of the model. The latest come first.",
    Question(
        view=of_experiment("rpt_compactions"),
        columns=(
            text("run_id"),
            "policy_id",
            "task_id",
            "kind",
            "ts",
            "turn_no",
            "context_tokens_before",
            "context_tokens_after",
            "tokens_removed",
            "cost_aiu",
            "net_saved_nano_aiu / 1e9 AS net_saved_aiu",
            "cache_hit_ratio_before",
            "cache_hit_ratio_after",
        ),
        where=(_POLICY,),
        order_by="ts DESC, run_id, place",
        limit=500,
    ),
    links={"run_id": RUN_URL},
)

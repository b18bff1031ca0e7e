"""The dashboard of tools and context windows: how policies use them, and what that is worth."""

from typing import Final

from grafana.boards import variables
from grafana.boards.board import RUN_URL, Board, Line, Section
from grafana.boards.panels import bars, points, rows
from grafana.boards.question import OF_EXPERIMENT, Question, chosen, of_experiment, text
from grafana.boards.units import MILLISECONDS, RATE, TOKENS

_POLICY: Final = chosen("policy")

_CALLS = rows(
    "Calls of each tool",
    "How often each policy calls each tool, how often that fails, and how long it takes "
    "(exact percentiles).",
    Question(
        view="rpt_tool_calls",
        columns=(
            "policy_id",
            "tool_name",
            "n_calls",
            "calls_per_run",
            "failure_rate",
            "nonzero_exit_rate",
            "retry_rate",
            "latency_ms_p50",
            "latency_ms_p90",
            "latency_ms_p99",
            "result_bytes_p50",
            "n_results_truncated",
        ),
        where=(OF_EXPERIMENT, _POLICY),
        order_by="n_calls DESC, policy_id, tool_name",
    ),
    gauges=("failure_rate",),
)
_LATENCY = bars(
    "Latency of tools",
    "Slowest first: the largest median, 90th and 99th percentile among the chosen policies.",
    Question(
        view="rpt_tool_calls",
        columns=(
            "tool_name",
            "max(latency_ms_p50) AS p50",
            "max(latency_ms_p90) AS p90",
            "max(latency_ms_p99) AS p99",
        ),
        where=(OF_EXPERIMENT, _POLICY, "n_timed > 0"),
        group_by=("tool_name",),
        order_by="p90 DESC, tool_name",
        limit=12,
    ),
    MILLISECONDS,
)
_ECONOMICS = rows(
    "What calls cost",
    "A turn's tokens and cost belong to the tools it calls, in equal parts; turns without calls "
    "are the row without a tool. context_tokens_added: what results add to the context.",
    Question(
        view=of_experiment("rpt_tool_economics"),
        columns=(
            "policy_id",
            "ifNull(tool_name, '(no tool)') AS tool",
            "n_calls",
            "n_failed",
            "token_share",
            "tokens_per_call",
            "cost_aiu_per_call",
            "mean_result_bytes",
            "context_tokens_added_per_call",
        ),
        where=(_POLICY,),
        order_by="token_share DESC NULLS LAST, policy_id, tool_name",
    ),
    gauges=("token_share",),
)
_SEQUENCES = rows(
    "Sequences before failures",
    "Two or three calls after which the next one fails more often than any does "
    "(lift above 1), with 95 % intervals; seen ten times or more.",
    Question(
        view=of_experiment("rpt_tool_sequences"),
        columns=(
            "policy_id",
            "arrayStringConcat(tools, ' > ') AS sequence",
            "n_occurrences",
            "failure_rate",
            "failure_rate_low",
            "failure_rate_high",
            "base_failure_rate",
            "lift",
        ),
        where=(_POLICY, "n_occurrences >= 10"),
        order_by="lift DESC NULLS LAST, n_occurrences DESC, policy_id, sequence",
        limit=100,
    ),
)
_TRANSITIONS = rows(
    "Which tool after which",
    "The share of a tool's calls that are followed by the other, and how often that one fails; "
    "no from_tool: the first call of a run, no to_tool: the last.",
    Question(
        view=of_experiment("rpt_tool_transitions"),
        columns=("policy_id", "from_tool", "to_tool", "n_transitions", "share", "failure_rate"),
        where=(_POLICY,),
        order_by="n_transitions DESC, policy_id, from_tool, to_tool",
        limit=200,
    ),
    gauges=("share",),
)
_RECOVERY = rows(
    "Recovery from failures",
    "How often and how fast something goes well after a failure of each kind, and how often such "
    "trials are solved.",
    Question(
        view=of_experiment("rpt_failure_recovery"),
        columns=(
            "policy_id",
            "root_kind",
            "n_failures",
            "recovery_rate",
            "recovery_rate_low",
            "recovery_rate_high",
            "recovery_ms_p50",
            "recovery_ms_p90",
            "success_rate_graded_with",
            "success_rate_graded_without",
        ),
        where=(_POLICY,),
        order_by="n_failures DESC, policy_id, root_kind",
    ),
    gauges=("recovery_rate",),
)
_GROWTH = points(
    "Context from turn to turn",
    "Median fill of the main agent's context after its n-th turn. Later turns are those of long "
    "runs only.",
    Question(
        view=of_experiment("rpt_context_growth"),
        columns=("policy_id", "turn", "context_tokens_p50"),
        where=(_POLICY,),
        order_by="policy_id, turn",
    ),
    TOKENS,
    by="policy_id",
    joined=True,
)
_CACHE = points(
    "Cache hits from turn to turn",
    "The share of what each turn read that came from the cache, all runs together.",
    Question(
        view=of_experiment("rpt_context_growth"),
        columns=("policy_id", "turn", "cache_hit_ratio"),
        where=(_POLICY,),
        order_by="policy_id, turn",
    ),
    RATE,
    by="policy_id",
    joined=True,
)
_PHASES = points(
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
_DECISIONS = rows(
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
_CALIBRATION = points(
    "Calibration of context decisions",
    "For each tenth of stated confidence: how sure the decider was, and how often it was right. "
    "Judged by impact and by pruning errors; on the diagonal it is as sure as it should be.",
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
_COMPACTIONS = rows(
    "Compactions and truncations",
    "What each cost and saved, and what it did to the cache: the hit ratio of the turns before "
    "and after it. The latest come first.",
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

TOOLS: Final = Board(
    name="tools",
    title="Benchwire / Tools & context",
    about="How policies use tools and their context window, and what comes of it.",
    variables=(variables.experiment(), variables.policy()),
    refresh="5m",
    sections=(
        Section(
            title="Tools",
            lines=(
                Line(9, ((16, _CALLS), (8, _LATENCY))),
                Line(8, ((12, _ECONOMICS), (12, _TRANSITIONS))),
                Line(8, ((12, _SEQUENCES), (12, _RECOVERY))),
            ),
        ),
        Section(
            title="Context",
            lines=(
                Line(8, ((12, _GROWTH), (12, _CACHE))),
                Line(8, ((12, _PHASES), (12, _CALIBRATION))),
                Line(8, ((10, _DECISIONS), (14, _COMPACTIONS))),
            ),
        ),
    ),
)

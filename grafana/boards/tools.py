"""The dashboard of tools and context windows: how policies use them, and what that is worth."""

from typing import Final

from grafana.boards import variables
from grafana.boards.board import Board, Line, Section
from grafana.boards.context_panels import (
    CACHE,
    CALIBRATION,
    COMPACTIONS,
    DECISIONS,
    GROWTH,
    PHASES,
)
from grafana.boards.panels import bars, rows
from grafana.boards.question import OF_EXPERIMENT, Question, chosen, of_experiment
from grafana.boards.units import MILLISECONDS

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
        columns=(
            "policy_id",
            "from_tool",
            "to_tool",
            "n_transitions",
            "share",
            "failed_or_reported_rate",
        ),
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
                Line(8, ((12, GROWTH), (12, CACHE))),
                Line(8, ((12, PHASES), (12, CALIBRATION))),
                Line(6, ((24, DECISIONS),)),
                Line(8, ((24, COMPACTIONS),)),
            ),
        ),
    ),
)

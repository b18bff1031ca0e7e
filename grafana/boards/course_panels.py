"""Panels of the course of a run: context, tokens, cost and tools from step to step."""

from grafana.boards.panels import bars, over_number
from grafana.boards.question import Question, of_run
from grafana.boards.units import AIU, COUNT, RATE, TOKENS

CONTEXT = over_number(
    "Context after each step",
    "How full the context window was, and its limit where the run states one; by the place of "
    "the step in the run.",
    Question(
        view=of_run("rpt_run_steps"),
        columns=("place", "context_tokens", "context_limit_tokens"),
        order_by="place",
    ),
    TOKENS,
)
SO_FAR = over_number(
    "Tokens so far",
    "All buckets of all steps up to this one.",
    Question(
        view=of_run("rpt_run_steps"),
        columns=("place", "total_tokens_so_far"),
        order_by="place",
    ),
    TOKENS,
)
COST = over_number(
    "Cost so far",
    "Of all steps up to this one, stated or derived by the price book.",
    Question(
        view=of_run("rpt_run_steps"),
        columns=("place", "cost_nano_aiu_so_far / 1e9 AS cost_aiu_so_far"),
        order_by="place",
    ),
    AIU,
)
TURNS = bars(
    "Tokens of each turn",
    "What each call of the model read and wrote. input_tokens are those not read from the cache.",
    Question(
        view=of_run("rpt_run_turns"),
        columns=(
            "toString(turn_no) AS turn",
            "input_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "output_tokens",
        ),
        order_by="turn_no",
    ),
    TOKENS,
    stacked=True,
)
TOOLS = bars(
    "Tool calls of each turn",
    "How many tools each turn called, and how many of the calls failed.",
    Question(
        view=of_run("rpt_run_turns"),
        columns=("toString(turn_no) AS turn", "n_tool_calls", "n_tool_failures"),
        order_by="turn_no",
    ),
    COUNT,
)
PHASES = bars(
    "Phases",
    "The run's turns in five nearly equal phases: the share of tokens, cost and output of each. "
    "A run of fewer than five turns has none.",
    Question(
        view=of_run("rpt_run_phases"),
        columns=("name", "token_share", "cost_share", "output_share"),
        order_by="phase",
    ),
    RATE,
)

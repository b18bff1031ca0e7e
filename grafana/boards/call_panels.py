"""Panels of what one run called, one after the other, and of what went wrong in it."""

from grafana.boards.panels import points, rows
from grafana.boards.question import Question, of_run, yes_no
from grafana.boards.units import MILLISECONDS

ARGUMENTS_CHARS_SHOWN = 200

LATENCIES = points(
    "How long each call took",
    "The calls of each tool by their number in the run; calls that state no time have no point.",
    Question(
        view=of_run("rpt_run_tool_calls"),
        columns=("tool_name", "call_no", "latency_ms"),
        where=("latency_ms IS NOT NULL",),
        order_by="tool_name, call_no",
        limit=5000,
    ),
    MILLISECONDS,
    by="tool_name",
)
CALLS = rows(
    "Tool calls",
    "Every call in the order of the run: with what, on which file, and how it went. place is that "
    f"among the steps below; of long arguments the first {ARGUMENTS_CHARS_SHOWN} characters; "
    "n_same_before: how often the same was called before; failure_kinds: the failures it led to.",
    Question(
        view=of_run("rpt_run_tool_calls"),
        columns=(
            "call_no",
            "place",
            "turn_no",
            "ts",
            "tool_name",
            f"substringUTF8(arguments, 1, {ARGUMENTS_CHARS_SHOWN}) AS arguments",
            "path",
            yes_no("has_failed"),
            "exit_kind",
            "exit_code",
            "latency_ms",
            "result_bytes",
            "n_same_before",
            "arrayStringConcat(failure_kinds, ', ') AS failure_kinds",
            "error",
        ),
        order_by="call_no",
        limit=5000,
    ),
    wide=("arguments",),
)
FAILURES = rows(
    "Failures",
    "What went wrong, in order. comes_from: the failure it follows without anything having gone "
    "well in between, empty where it is a root; is_recovered: the same tool, or the next step, "
    "was seen to go well afterwards, and after how long; strategies: what it says was tried.",
    Question(
        view=of_run("rpt_run_failures"),
        columns=(
            "failure_no",
            "if(is_root, NULL, root_failure_no) AS comes_from",
            "ts",
            "turn",
            "root_kind",
            "error_type",
            "error_category",
            "tool_name",
            "coalesce(message, detail) AS message",
            yes_no("is_fatal"),
            yes_no("is_recovered"),
            "recovery_ms",
            "recovery_steps",
            "arrayStringConcat(strategies, ', ') AS strategies",
            "arrayStringConcat(contributing_factors, ', ') AS contributing_factors",
            "arrayStringConcat(remediation_suggestions, ', ') AS remediation_suggestions",
        ),
        order_by="failure_no",
        limit=1000,
    ),
    wide=("message",),
)

"""The dashboard of one run: what it did step by step, what that cost, and whether all is there."""

from typing import Final

from grafana.boards import variables
from grafana.boards.board import Board, Line, Section
from grafana.boards.panels import bars, figures, over_number, rows
from grafana.boards.question import RUN, Question, of_run, text
from grafana.boards.units import AIU, COUNT, RATE, TOKENS

_THE_RUN: Final = (f"run_id = {RUN}",)
_TRIAL: Final = "(experiment_id, job_id, policy_id, task_id, ifNull(trial_no, 0))"

_LABELS = rows(
    "The run",
    "What it is a trial of, and what became of it. Superseded runs have no row here.",
    Question(
        view="rpt_run_summary",
        columns=(
            "experiment_id",
            "job_id",
            "policy_id",
            "task_id",
            "trial_no",
            "attempt",
            "state",
            "status",
            "outcome",
            "reward",
            "model",
            "agent",
            "started_at",
            "stopped_at",
            "error",
        ),
        where=_THE_RUN,
    ),
)
_FIGURES = figures(
    "Sums",
    "What the run took, by its own statement where it makes one, else by its steps.",
    Question(
        view="rpt_run_summary",
        columns=(
            "duration_ms",
            "turns",
            "steps",
            "tool_calls",
            "tool_failures",
            "failures",
            "total_tokens",
            "peak_context_tokens",
            "cost_aiu",
        ),
        where=_THE_RUN,
    ),
)
_INTEGRITY = rows(
    "Telemetry",
    "Whether all that the run's emitters sent is stored: complete, open, gaps, lost, conflict or "
    "unsequenced. Superseded runs have their row here, with what they were superseded by.",
    Question(
        view="rpt_run_integrity",
        columns=(
            "state",
            "telemetry",
            "n_emitters",
            "n_events",
            "n_missing",
            "n_declared_lost",
            "n_conflicts",
            "n_open_epochs",
            "toString(superseded_by) AS superseded_by",
        ),
        where=_THE_RUN,
    ),
)
_CONTEXT = over_number(
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
_SO_FAR = over_number(
    "Tokens so far",
    "All buckets of all steps up to this one.",
    Question(
        view=of_run("rpt_run_steps"),
        columns=("place", "total_tokens_so_far"),
        order_by="place",
    ),
    TOKENS,
)
_COST = over_number(
    "Cost so far",
    "Of all steps up to this one, stated or derived by the price book.",
    Question(
        view=of_run("rpt_run_steps"),
        columns=("place", "cost_nano_aiu_so_far / 1e9 AS cost_aiu_so_far"),
        order_by="place",
    ),
    AIU,
)
_TURNS = bars(
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
_TOOLS = bars(
    "Tool calls of each turn",
    "How many tools each turn called, and how many of the calls failed.",
    Question(
        view=of_run("rpt_run_turns"),
        columns=("toString(turn_no) AS turn", "n_tool_calls", "n_tool_failures"),
        order_by="turn_no",
    ),
    COUNT,
)
_PHASES = bars(
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
_STEPS = rows(
    "Steps",
    "The timeline: every step that counts, in the order of the run.",
    Question(
        view=of_run("rpt_run_steps"),
        columns=(
            "place",
            "ts",
            "turn_no",
            "kind",
            "emitter",
            "action_type",
            "action_path",
            "model",
            "duration_ms",
            "total_tokens",
            "cost_aiu",
            "context_tokens",
            "test_pass_rate",
            "error",
        ),
        order_by="place",
        limit=5000,
    ),
)
_FILES = rows(
    "Files",
    "The paths that the run touched, the most changed ones first.",
    Question(
        view=of_run("rpt_run_files"),
        columns=(
            "path",
            "n_reads",
            "n_modifications",
            "chars_changed",
            "is_left_modified",
            "first_touched_at",
            "last_touched_at",
        ),
        order_by="n_modifications DESC, n_reads DESC, path",
        limit=1000,
    ),
)
_AUDIT = rows(
    "Do its sums add up?",
    "Each measure that the run states in several places, and what is found of them.",
    Question(
        view="rpt_token_audit",
        columns=(
            "measure",
            "finding",
            *(
                f"toInt64({place}) AS {place}"
                for place in ("declared", "in_run_stop", "in_models", "in_steps")
            ),
        ),
        where=_THE_RUN,
        order_by="measure",
    ),
)
_ATTEMPTS = rows(
    "Other runs of the trial",
    "The attempts of the same trial, this one included.",
    Question(
        view="rpt_run_summary",
        columns=(
            text("run_id"),
            "attempt",
            "state",
            "status",
            "outcome",
            "duration_ms",
            "cost_aiu",
        ),
        where=(f"{_TRIAL} IN (SELECT {_TRIAL} FROM rpt_run_summary WHERE run_id = {RUN})",),
        order_by="attempt, run_id",
    ),
)

RUN_BOARD: Final = Board(
    name="run",
    title="Benchwire / Run",
    about="What one run did, step by step, what that cost, and whether its telemetry is whole.",
    variables=(variables.experiment(), variables.run()),
    refresh="30s",
    sections=(
        Section(
            title="Outcome",
            lines=(
                Line(3, ((24, _LABELS),)),
                Line(3, ((24, _FIGURES),)),
                Line(5, ((12, _INTEGRITY), (12, _ATTEMPTS))),
            ),
        ),
        Section(
            title="Tokens, context and tools",
            lines=(
                Line(8, ((8, _CONTEXT), (8, _SO_FAR), (8, _COST))),
                Line(8, ((8, _TURNS), (8, _TOOLS), (8, _PHASES))),
            ),
        ),
        Section(
            title="Timeline",
            lines=(Line(12, ((24, _STEPS),)), Line(8, ((14, _FILES), (10, _AUDIT)))),
        ),
    ),
)

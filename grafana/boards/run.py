"""The dashboard of one run: what it did step by step, what that cost, and whether all is there."""

from typing import Final

from grafana.boards import variables
from grafana.boards.board import Board, Line, Section
from grafana.boards.call_panels import CALLS, FAILURES, LATENCIES
from grafana.boards.course_panels import CONTEXT, COST, PHASES, SO_FAR, TOOLS, TURNS
from grafana.boards.panels import figures, rows
from grafana.boards.question import OF_EXPERIMENT, RUN, Question, of_run, text

_THE_RUN: Final = (f"run_id = {RUN}",)
_TRIAL: Final = "(job_id, policy_id, task_id, trial_no)"
"""With a NULL for a run that is a trial of its own, which equals no other."""
_SAME_TRIAL: Final = (
    f"(run_id = toString({RUN}) OR "
    f"{_TRIAL} IN (SELECT {_TRIAL} FROM rpt_run_summary WHERE run_id = {RUN}))"
)

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
_STEPS = rows(
    "Timeline",
    "Every step that counts, in the order of the run.",
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
        where=(
            OF_EXPERIMENT,
            _SAME_TRIAL,
        ),
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
                Line(4, ((12, _INTEGRITY), (12, _ATTEMPTS))),
            ),
        ),
        Section(
            title="Tokens, context and tools",
            lines=(
                Line(8, ((8, CONTEXT), (8, SO_FAR), (8, COST))),
                Line(8, ((8, TURNS), (8, TOOLS), (8, PHASES))),
            ),
        ),
        Section(
            title="Tool calls and failures",
            lines=(
                Line(6, ((24, FAILURES),)),
                Line(10, ((24, CALLS),)),
                Line(8, ((7, LATENCIES), (9, _FILES), (8, _AUDIT))),
            ),
        ),
        Section(
            title="Steps, one after the other",
            lines=(Line(12, ((24, _STEPS),)),),
        ),
    ),
)

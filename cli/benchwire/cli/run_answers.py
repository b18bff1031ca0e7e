"""Ends `benchwire run`: what the tables say of the experiment, and commands that go on from it."""

import json
import re
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchwire.analysis.query import literal
from benchwire.analysis.success_rates import SuccessRates, success_rates
from benchwire.cli import output
from benchwire.cli.run_figures import share
from benchwire.cli.shown_commands import data_dir_option, program
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import Stack
from benchwire.producer.runner.job_events import JobFinished
from benchwire.producer.runner.launch import Launch

PLAIN = re.compile(r"[\w.-]+")
RUNS_SQL = (
    "SELECT policy_id, task_id, trial_no, attempt, status, outcome, tool_calls, aiu "
    "FROM rpt_run_summary WHERE job_id = {job} ORDER BY policy_id, task_id, trial_no, attempt"
)


def show_end(  # noqa: PLR0913 - what there is to say
    file: Path,
    launch: Launch,
    finished: JobFinished,
    stack: Stack | None,
    *,
    stored: bool | None,
    left: int,
    as_json: bool,
) -> None:
    """Print the success rates of the experiment from the store, where there is one."""
    rates: list[SuccessRates] = []
    if stack is not None and stored:
        rates = success_rates(stack.rows, launch.experiment_id)
    if as_json:
        for rate in rates:
            _print_line({"event": "success_rates", **asdict(rate)})
        _print_line({"event": "telemetry", "stored": stored, "events_in_journal": left})
        return
    if rates:
        _show_rates(rates)
    _say_where(stored, left)
    _show_next(file, launch, finished, stored=stored)


def _show_rates(rates: list[SuccessRates]) -> None:
    title = "Success rates of the experiment (rpt_success_rates)"
    if any(rate.n_jobs > 1 for rate in rates):
        title += ", over all its jobs"
    rows = [
        (
            rate.policy_id,
            rate.n_trials,
            rate.n_graded,
            rate.n_resolved,
            rate.n_errored,
            rate.n_incomplete,
            share(
                None
                if rate.success_rate_graded is None
                else (
                    rate.success_rate_graded,
                    rate.success_rate_graded_low or 0.0,
                    rate.success_rate_graded_high or 0.0,
                )
            ),
        )
        for rate in rates
    ]
    columns = ("policy", "trials", "graded", "resolved", "errored", "incomplete", "graded success")
    output.table(columns, rows, title=title)


def _say_where(stored: bool | None, left: int) -> None:  # noqa: FBT001 - three states
    if stored:
        output.note("all events are stored")
    elif stored is None:
        output.note(f"{left} events are in the journal; `benchwire drain` delivers them")
    else:
        output.note(
            f"not everything is stored: {left} events wait in the journal, where they are safe; "
            "`benchwire drain` delivers them"
        )


def _show_next(file: Path, launch: Launch, finished: JobFinished, *, stored: bool | None) -> None:
    """Print commands that work as they stand."""
    benchwire = program() + data_dir_option(EmbeddedSettings().data_dir)
    lines: list[tuple[str, str]] = []
    if finished.final < finished.trials:
        missing = finished.trials - finished.final
        job = shlex.quote(launch.job_id)
        lines.append(
            (
                f"go on: {missing} of {finished.trials} trials have no final run yet",
                f"{benchwire} run {shlex.quote(str(file))} --job {job}",
            )
        )
    if not stored:
        lines.append(("deliver what is in the journal", f"{benchwire} drain"))
    lines.append(("each run of this job", f"{benchwire} sql {_in_quotes(launch.job_id)}"))
    lines.append(("is everything there?", f"{benchwire} integrity"))
    console = Console(stderr=True, highlight=False)
    console.print("[bold]What to try next[/]")
    for what, command in lines:
        console.print(f"  # {what}", style="dim", soft_wrap=True, markup=False)
        console.print(f"  {command}", soft_wrap=True, markup=False)


def _in_quotes(job_id: str) -> str:
    """The query as one word of a shell; plain double quotes wherever they will do."""
    sql = RUNS_SQL.format(job=literal(job_id))
    return f'"{sql}"' if PLAIN.fullmatch(job_id) else shlex.quote(sql)


def _print_line(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")

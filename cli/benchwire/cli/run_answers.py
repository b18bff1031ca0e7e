"""Ends `benchwire run`: what the tables say of the experiment, and commands that go on from it."""

import json
import re
import shlex
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from benchwire.analysis.query import literal
from benchwire.analysis.success_rates import SuccessRates, success_rates
from benchwire.cli import output
from benchwire.cli.run_figures import share
from benchwire.cli.shown_commands import data_dir_option, program
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import Stack
from benchwire.producer.runner.adapters.command import REFUSED_NAME
from benchwire.producer.runner.job_directory import RUNS, job_dir
from benchwire.producer.runner.job_events import JobFinished
from benchwire.producer.runner.launch import Launch
from benchwire.producer.settings import ProducerSettings

SAID = {
    "stored": "all events are stored",
    "stream": "all events are in the stream; the consumer of that server stores them",
    "journal": "{left} events wait in the journal, where they are safe; "
    "`benchwire drain` delivers them",
}
PLAIN = re.compile(r"[\w.-]+")
RUNS_SQL = (
    "SELECT policy_id, task_id, trial_no, attempt, status, outcome, tool_calls, aiu "
    "FROM rpt_run_summary WHERE job_id = {job} ORDER BY policy_id, task_id, trial_no, attempt"
)


Telemetry = Literal["stored", "stream", "journal"]
"""How far all events of a launch have come."""


@dataclass(frozen=True, slots=True)
class End:
    """What there is to say when nothing runs any more."""

    file: Path
    launch: Launch
    finished: JobFinished
    telemetry: Telemetry
    left: int
    """Events the stream has not acknowledged."""


def show_end(end: End, stack: Stack | None, *, as_json: bool) -> None:
    """Print the success rates of the experiment from the store, where there is one."""
    rates: list[SuccessRates] = []
    if stack is not None and end.telemetry == "stored":
        rates = success_rates(stack.rows, end.launch.experiment_id)
    if as_json:
        for rate in rates:
            _print_line({"event": "success_rates", **asdict(rate)})
        _print_line({"event": "telemetry", "in": end.telemetry, "events_in_journal": end.left})
        return
    if rates:
        _show_rates(rates)
    output.note(SAID[end.telemetry].format(left=end.left))
    _show_next(end)


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


def _show_next(end: End) -> None:
    """Print commands that work as they stand."""
    launch, finished = end.launch, end.finished
    benchwire = program() + data_dir_option(EmbeddedSettings().data_dir)
    lines: list[tuple[str, str]] = []
    if finished.final < finished.trials:
        missing = finished.trials - finished.final
        job = shlex.quote(launch.job_id)
        lines.append(
            (
                f"go on: {missing} of {finished.trials} trials have no final run yet",
                f"{benchwire} run {shlex.quote(str(end.file))} --job {job}",
            )
        )
    if finished.events_lost:
        kept = shlex.quote(str(job_dir(ProducerSettings().data_dir, launch.job_id) / RUNS))
        n = finished.events_lost
        lines.append(
            (
                f"{n} event{'s' if n != 1 else ''} could not be recorded: what is wrong with each",
                f"head {kept}/*/*/{REFUSED_NAME}",
            )
        )
    if end.telemetry == "journal":
        lines.append(("deliver what is in the journal", f"{benchwire} drain"))
    if end.telemetry != "stream":  # The tables of that server are asked there.
        lines.append(("each run of this job", f"{benchwire} sql {_in_quotes(launch.job_id)}"))
        lines.append(("is everything there?", f"{benchwire} integrity"))
    if not lines:
        return
    console = output.messages()
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

"""Ends the demo with three answers: the tables, the SQL behind them, and what to try next."""

import textwrap
from dataclasses import astuple
from typing import Any

from rich.syntax import Syntax

from benchwire.analysis.integrity import INTEGRITY
from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows
from benchwire.analysis.success_rates import SUCCESS_RATES
from benchwire.analysis.token_economics import TOKEN_ECONOMICS
from benchwire.cli import output
from benchwire.cli.shown_commands import data_dir_option, program
from benchwire.cli.transposed import show_transposed
from benchwire.embedded.settings import EmbeddedSettings

EXPERIMENT_ID = "benchwire-demo"
"""What ``examples/demo`` calls its experiment."""
QUERIES: tuple[Query[Any], ...] = (SUCCESS_RATES, TOKEN_ECONOMICS, INTEGRITY)
MOST_EXPENSIVE_SQL = (
    "SELECT policy_id, task_id, trial_no, outcome, turns, tool_calls, nonzero_exits, aiu "
    "FROM rpt_run_summary WHERE experiment_id = 'benchwire-demo' ORDER BY aiu DESC LIMIT 5"
)


def show_answers(rows: Rows) -> None:
    """Print each question, its answer from the views, and the SQL that gave it."""
    params = {"experiment": EXPERIMENT_ID}
    for query in QUERIES:
        answer = [astuple(row) for row in query.ask(rows, params)]
        show_transposed(query.question, query.columns, answer)
        _show_sql(query.text(params))


def _show_sql(sql: str) -> None:
    console = output.plain_console()
    text = textwrap.indent(sql, "  ")
    if console.is_terminal:
        console.print(Syntax(text, "sql", background_color="default"))
    else:
        console.print(text, soft_wrap=True, markup=False)
    console.print()


def show_next(settings: EmbeddedSettings) -> None:
    """Print commands that work as they stand."""
    benchwire = program() + data_dir_option(settings.data_dir)
    lines = (
        ("the five most expensive runs", f'{benchwire} sql "{MOST_EXPENSIVE_SQL}"'),
        ("all of it as one page with plots", f"{benchwire} report --html report.html"),
        ("two policies, in words", f"{benchwire} compare scripted-careful scripted-steady"),
        ("is everything there?", f"{benchwire} integrity"),
        ("your own Copilot CLI sessions", f"{benchwire} import copilot ~/.copilot/session-state"),
        ("keep the engines running", f"{benchwire} up --detach"),
        ("other choices, other outcomes", f"{benchwire} demo --seed 7"),
    )
    console = output.plain_console()
    console.print("[bold]What to try next[/]")
    for what, command in lines:
        console.print(f"  # {what}", style="dim", soft_wrap=True)
        console.print(f"  {command}", soft_wrap=True, markup=False)

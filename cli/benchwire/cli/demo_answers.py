"""Ends the demo with three answers: the tables, the SQL behind them, and what to try next."""

import textwrap
from dataclasses import astuple
from typing import Any

from rich import box
from rich.syntax import Syntax
from rich.table import Table

from benchwire.analysis.integrity import INTEGRITY
from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows
from benchwire.analysis.success_rates import SUCCESS_RATES
from benchwire.analysis.token_economics import TOKEN_ECONOMICS
from benchwire.cli import output
from benchwire.cli.shown_commands import data_dir_option, program
from benchwire.embedded.settings import EmbeddedSettings

EXPERIMENT_ID = "benchwire-demo"
"""What ``examples/demo`` calls its experiment."""
QUERIES: tuple[Query[Any], ...] = (SUCCESS_RATES, TOKEN_ECONOMICS, INTEGRITY)
MOST_EXPENSIVE_SQL = (
    "SELECT policy_id, task_id, trial_no, outcome, turns, tool_calls, nonzero_exits, aiu "
    "FROM rpt_run_summary WHERE experiment_id = 'benchwire-demo' ORDER BY aiu DESC LIMIT 5"
)
ROUNDED_FROM = 1_000
"""Numbers as large as this are shown without decimals."""


def show_answers(rows: Rows) -> None:
    """Print each question, its answer from the views, and the SQL that gave it."""
    params = {"experiment": EXPERIMENT_ID}
    for query in QUERIES:
        answer = [astuple(row) for row in query.ask(rows, params)]
        _show_table(query.question, query.columns, answer)
        _show_sql(query.text(params))


def _show_table(question: str, columns: list[str], answer: list[tuple[Any, ...]]) -> None:
    """Print one line per column: policies are few, and what is known of them is much."""
    table = Table(
        title=question,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column(columns[0], no_wrap=True)
    for row in answer:
        table.add_column(str(row[0]), justify="right")
    for index, name in enumerate(columns[1:], 1):
        table.add_row(name, *(_cell(row[index]) for row in answer))
    output.plain_console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if value >= ROUNDED_FROM else f"{value:.3f}"
    return str(value)


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

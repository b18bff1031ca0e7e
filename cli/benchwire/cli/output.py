"""How commands print: results to standard output, everything for people to standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
STEP = 1024
PIPE_COLUMNS = 400
SHORT_CHARACTERS = 12
plain_console: Final = partial(Console, highlight=False, emoji=False)
"""Texts are shown as they are: rich would make a pictogram of `:100:` in a key or a path."""


def error(message: str, hint: str = "") -> None:
    """Say what went wrong and what to do."""
    people = messages()
    people.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)
    if hint:
        people.print(f"[bold]hint:[/] {escape(hint)}", soft_wrap=True)


def note(message: str) -> None:
    """Tell people what is going on."""
    messages().print(escape(message), style="dim", soft_wrap=True)


def is_terminal() -> bool:
    """Whether results are read by a person."""
    return sys.stdout.isatty()


def as_json(document: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Print rows; numbers to the right, absent values as a dash."""
    body = [list(row) for row in rows]
    shown = Table(
        title=title or None,
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=0,
        pad_edge=False,
    )
    for index, name in enumerate(columns):
        numeric = body and all(
            row[index] is None or isinstance(row[index], int | float) for row in body
        )
        # Where room is short, long texts are folded before short words and numbers.
        short = all(len(_cell(row[index])) <= SHORT_CHARACTERS for row in body)
        shown.add_column(
            name,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=bool(numeric or short),
        )
    for row in body:
        shown.add_row(*(_cell(value) for value in row))
    console().print(shown)


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, one pair a line; in a pipe nothing is folded or filled up."""
    pairs = list(pairs)
    if not console().is_terminal:
        width = max((len(name) for name, _ in pairs), default=0)
        for name, value in pairs:
            sys.stdout.write(f"{name:<{width}}  {_text(value)}".rstrip() + "\n")
        return
    shown = Table(show_header=False, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column(overflow="fold")
    for name, value in pairs:
        shown.add_row(name, _cell(value))
    console().print(shown)


def size(number: float | None) -> str:
    """Return a number of bytes for people."""
    if number is None:
        return "-"
    value = float(number)
    for unit in UNITS:
        if value < STEP or unit == UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == UNITS[0] else f"{value:.1f} {unit}"
        value /= STEP
    return f"{value}"


def console() -> Console:
    """Return a console for results; a pipe has no width, so nothing is folded for it."""
    found = plain_console()
    return found if found.is_terminal else plain_console(width=PIPE_COLUMNS)


def messages() -> Console:
    """Return a console for what people are told besides the results: standard error."""
    return plain_console(stderr=True)


def _cell(value: Any) -> str:
    return escape(_text(value))


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)

"""Prints sections of tables on a terminal; in a pipe nothing is folded."""

import re
import textwrap
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table as RichTable

from benchwire.analysis.report.document import Note, Report
from benchwire.analysis.report.section import Section, Table
from benchwire.analysis.report.sections import facts_of, sections_of
from benchwire.analysis.shown_text import one_line
from benchwire.cli import output

ROWS_MAX = 25
"""Rows of a table; the other forms of a report have all that they keep."""
PROSE_COLUMNS_MAX = 100
NAME_COLUMNS_MIN = 12
NAMES_SHARE = 0.45
"""Of the width, for all columns of names together."""
HEAD_COLUMNS_MIN, HEAD_COLUMNS_MAX = 8, 24
HEADS_ABREAST = 8
"""Where there is no end of room, headings may take so much of it."""
GAP_COLUMNS = 2
"""Between two columns, as rich leaves it."""


def print_report(report: Report) -> None:
    """Print the whole report."""
    output.facts((name, one_line(value)) for name, value in facts_of(report))
    print_notes("Read with care", report.notes, "warning")
    for section in sections_of(report):
        print_section(section)
    print_notes("How to read this", report.notes, "reading")


def print_section(section: Section) -> None:
    """Print one section."""
    heading(section.title)
    if not section.tables:
        prose(section.empty)
        return
    prose(section.about)
    for table in section.tables:
        print_table(table)


def print_notes(title: str, notes: Iterable[Note], kind: str) -> None:
    """Print the notes of one kind, if there are any."""
    texts = [note.text for note in notes if note.kind == kind]
    if texts:
        heading(title)
        for text in texts:
            prose(text, indent="- ")


def heading(title: str) -> None:
    """Print the title of a section."""
    output.console().print(f"\n[bold underline]{escape(title)}[/]")


def prose(text: str, indent: str = "") -> None:
    """Print sentences, folded where people read them."""
    console = output.console()
    flat = one_line(text)
    if not console.is_terminal:
        console.print(f"{indent}{flat}", markup=False, soft_wrap=True)
        return
    width = min(console.width, PROSE_COLUMNS_MAX)
    after = " " * len(indent)
    # No fold within a command: it is there to be copied.
    joined = re.sub(
        r"`[^`]*`", lambda found: found.group().replace(" ", "\N{NO-BREAK SPACE}"), flat
    )
    folded = textwrap.fill(joined, width, initial_indent=indent, subsequent_indent=after)
    console.print(folded.replace("\N{NO-BREAK SPACE}", " "), markup=False, style="dim")


def print_table(table: Table) -> None:
    """Print one table with what is to say of it; a broad one as several, names repeated."""
    console = output.console()
    rows = [[one_line(value) for value in row] for row in table.rows[:ROWS_MAX]]
    heads = [one_line(name) for name in table.columns]
    console.print(f"\n[italic]{escape(table.title)}[/]", soft_wrap=True)
    widths = _widths(heads, rows, table.names, console.width)
    for number, columns in enumerate(_blocks(widths, table.names, console.width)):
        if number:
            console.print()
        console.print(_block(heads, rows, widths, columns, table.names))
    if len(table.rows) > ROWS_MAX:
        prose(f"{len(table.rows) - ROWS_MAX:,} more rows: --markdown and --html have them.")
    elif table.remark:
        prose(table.remark)


def _block(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    columns: Sequence[int],
    n_names: int,
) -> RichTable:
    shown = RichTable(
        header_style="bold", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False
    )
    for index in columns:
        is_name = index < n_names
        shown.add_column(
            escape(heads[index]),
            justify="left" if is_name else "right",
            overflow="fold",
            min_width=widths[index],
            max_width=widths[index],
        )
    for row in rows:
        shown.add_row(*(escape(row[index]) for index in columns))
    return shown


def _widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], n_names: int, width: int
) -> list[int]:
    """Of each column: numbers are never folded, headings between words, names where they must."""
    longest = [
        max((cell_len(row[index]) for row in rows), default=1) for index in range(len(heads))
    ]
    head_max = max(HEAD_COLUMNS_MAX, width // HEADS_ABREAST)
    numbers = [
        max(longest[index], min(head_max, _word_width(head)))
        for index, head in enumerate(heads)
        if index >= n_names
    ]
    left = width - sum(each + GAP_COLUMNS for each in numbers)
    # What numbers leave; where they leave little they are put into several blocks anyway.
    name_max = max(NAME_COLUMNS_MIN, max(left, int(width * NAMES_SHARE)) // n_names - GAP_COLUMNS)
    names = [min(max(longest[index], cell_len(heads[index])), name_max) for index in range(n_names)]
    return names + numbers


def _word_width(head: str) -> int:
    """What a heading takes that is folded between words, but not into every single one."""
    longest = max(map(cell_len, head.split()), default=1)
    return max(longest, min(cell_len(head), HEAD_COLUMNS_MIN))


def _blocks(widths: Sequence[int], n_names: int, width: int) -> list[list[int]]:
    """Columns that stand abreast; the names stand in every block."""
    names = list(range(n_names))
    blocks: list[list[int]] = [[*names]]
    used = taken = sum(widths[:n_names]) + n_names - 1
    for index in range(n_names, len(widths)):
        more = widths[index] + GAP_COLUMNS
        if used + more > width and len(blocks[-1]) > n_names:
            blocks.append([*names])
            used = taken
        blocks[-1].append(index)
        used += more
    return blocks

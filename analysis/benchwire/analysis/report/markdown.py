"""The report as Markdown: tables as GitHub renders them, names in them as they are."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from benchwire.analysis.report.document import Report
from benchwire.analysis.report.section import Section, Table
from benchwire.analysis.report.sections import facts_of, sections_of
from benchwire.analysis.shown_text import one_line

_MARKUP: Final = re.compile(r"[\\`*\[\]<>|#~&$]|(?<!\w)_|_(?!\w)|https?(?=:)|www(?=\.)|(?<!\w)@")


def report_markdown(report: Report) -> str:
    """The whole report."""
    lines = [f"# Report on {plain(report.experiment_id)}", ""]
    lines += [f"- {name}: {plain(value)}" for name, value in facts_of(report)]
    lines += ["", *notes_as_list("Read with care", report, "warning")]
    for section in sections_of(report):
        lines += _section(section)
    lines += notes_as_list("How to read this", report, "reading")
    return "\n".join(lines).rstrip() + "\n"


def table_lines(table: Table) -> list[str]:
    """One table with its remark."""
    n_names = table.names
    rule = ["---"] * n_names + ["---:"] * (len(table.columns) - n_names)
    lines = [_row(map(plain, table.columns)), _row(rule)]
    lines += [_row(map(plain, row)) for row in table.rows]
    return [*lines, ""] + ([plain(table.remark), ""] if table.remark else [])


def plain(text: str) -> str:
    """A text that means nothing to Markdown, in one line."""
    return _MARKUP.sub(_escaped, one_line(text))


def notes_as_list(title: str, report: Report, kind: str) -> list[str]:
    """The notes of one kind under their title; nothing where there are none."""
    # Notes hold commands in backticks, which are markup on purpose; the rest of them is escaped.
    texts = [note.text for note in report.notes if note.kind == kind]
    return [f"## {title}", "", *(f"- {sentence(text)}" for text in texts), ""] if texts else []


def sentence(text: str) -> str:
    """A sentence of ours: commands in it stay code, names in it mean nothing."""
    return "`".join(
        plain(part) if index % 2 == 0 else part for index, part in enumerate(_split(text))
    )


def _section(section: Section) -> list[str]:
    lines = [f"## {section.title}", "", sentence(section.about), ""]
    if not section.tables:
        return [*lines, section.empty, ""]
    for table in section.tables:
        lines += [f"### {plain(table.title)}", "", *table_lines(table)]
    return lines


def _split(text: str) -> Sequence[str]:
    """Text and code by turns; code is what stands between two backticks and begins as a command."""
    return re.split(r"`(benchwire [^`]*)`", one_line(text))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(found: re.Match[str]) -> str:
    text = found.group()
    if len(text) > 1:
        # Nothing becomes a link by itself.
        return f"{text}&#8203;"
    return "&#64;" if text == "@" else f"\\{text}"

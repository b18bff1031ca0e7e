"""Parts of the page: tables that scroll, plots with their table, notes."""

import re
from collections.abc import Sequence

from benchwire.analysis.report.document import Note
from benchwire.analysis.report.markup import Markup, joined, tag
from benchwire.analysis.report.plots.plot import NARROW_PX, WIDE_PX, Plot, svg
from benchwire.analysis.report.section import Table

ROWS_OPEN_MAX = 16
"""A table with more rows is folded up until it is wanted."""


def figure(plot: Plot) -> Markup:
    """A plot, drawn for wide and for narrow pages; the style sheet shows one of them."""
    legend = [
        tag("li", tag("i", class_=f"swatch {class_}", aria_hidden="true"), tag("bdi", name))
        for class_, name in plot.legend
    ]
    parts = [tag("figcaption", plot.title)]
    if legend:
        parts.append(tag("ul", *legend, class_="legend"))
    parts += [svg(plot, WIDE_PX, "wide"), svg(plot, NARROW_PX, "narrow")]
    if plot.remark:
        parts.append(tag("p", plot.remark, class_="remark"))
    return tag("figure", *parts, id=f"plot-{plot.key}", data_table=f"table-{plot.key}")


def folded(table: Table) -> Markup:
    """A table that can be folded up; long ones are at first."""
    n_rows = len(table.rows)
    rows = f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}"
    parts = [tag("summary", table.title, " ", tag("small", rows)), _scrolling(table)]
    if table.remark:
        parts.append(tag("p", table.remark, class_="remark"))
    return tag(
        "details",
        *parts,
        id=f"table-{table.key}",
        open="" if n_rows <= ROWS_OPEN_MAX else None,
    )


def notes_list(notes: Sequence[Note], kind: str) -> Markup:
    """The notes of one kind."""
    texts = [tag("li", sentence(note.text)) for note in notes if note.kind == kind]
    return tag("ul", *texts, class_=f"notes {kind}") if texts else Markup()


def sentence(text: str) -> Markup:
    """A sentence in which commands stand between backticks."""
    parts = re.split(r"`(benchwire [^`]*)`", text)
    return joined(
        tag("code", part) if index % 2 else part for index, part in enumerate(parts) if part
    )


def _scrolling(table: Table) -> Markup:
    head = [
        tag("th", tag("bdi", name), scope="col", class_=_class(index, table))
        for index, name in enumerate(table.columns)
    ]
    body = [tag("tr", *_cells(row, table)) for row in table.rows]
    caption = tag("caption", table.title, class_="unseen")
    grid = tag("table", caption, tag("thead", tag("tr", *head)), tag("tbody", *body))
    # Focusable, so that the keyboard can scroll it.
    return tag("div", grid, class_="scroll", tabindex=0, role="region", aria_label=table.title)


def _cells(row: Sequence[str], table: Table) -> list[Markup]:
    first = tag("th", tag("bdi", row[0]), scope="row")
    return [
        first,
        *(
            tag(
                "td",
                tag("bdi", value) if index < table.names else value,
                class_=_class(index, table),
            )
            for index, value in enumerate(row[1:], 1)
        ),
    ]


def _class(index: int, table: Table) -> str | None:
    return None if index < table.names else "n"

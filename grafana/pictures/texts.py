"""Tables and large figures."""

from typing import Any, Final

from grafana.pictures.frame import GRID, INK, SOFT, Box, line, nothing, words
from grafana.pictures.values import Units, Value

from benchwire.analysis.report.markup import Markup, joined, tag
from benchwire.analysis.report.plots.text_size import text_width

Rows = list[dict[str, Value]]
ROW_PX: Final = 24.0
GAUGE_PX: Final = 120.0
_WIDEST_PX: Final = 240.0
_LINK: Final = "#0a5ca8"
_BAR: Final = "#a9d0ec"


def figures(panel: dict[str, Any], rows: Rows, box: Box) -> Markup:
    """Each column of the only row as a large figure under its name."""
    if not rows:
        return nothing(box)
    units, width = Units(panel), box.width / len(rows[0])
    marks: list[Markup] = []
    for number, (column, value) in enumerate(rows[0].items()):
        middle = box.x + (number + 0.5) * width
        text = units.written(column, value)
        size = min(26.0, 26.0 * (width - 10) / max(text_width(text, 26.0), 1.0))
        name = words(middle, box.y + 22, column, room=width - 6, fill=SOFT, anchor="middle")
        figure = words(middle, box.y + 56, text, size=size, anchor="middle", weight="600")
        marks += [name, figure]
    return joined(marks)


def table(panel: dict[str, Any], rows: Rows, box: Box) -> Markup:
    """As many rows and columns as there is room for; what is missing is said."""
    if not rows:
        return nothing(box)
    units = Units(panel)
    n_rows = int((box.height - ROW_PX) // ROW_PX)
    shown = rows if len(rows) <= n_rows else rows[: max(n_rows - 1, 1)]
    widths = _widths(units, shown, box.width)
    marks = [line(box.x, box.y + ROW_PX, box.x + box.width, box.y + ROW_PX, "#d8dee4")]
    x = box.x
    for column, width in widths.items():
        marks.append(words(x + 4, box.y + 16, column, room=width - 8, weight="600"))
        for number, row in enumerate(shown):
            top = box.y + (number + 1) * ROW_PX
            marks.append(_cell(units, column, row[column], Box(x, top, width, ROW_PX)))
        x += width
    for number in range(1, len(shown) + 1):
        y = box.y + (number + 1) * ROW_PX
        marks.append(line(box.x, y, box.x + box.width, y, GRID))
    hidden = len(rows) - len(shown)
    if hidden:
        foot = box.y + (len(shown) + 1) * ROW_PX + 16
        marks.append(words(box.x + 4, foot, f"and {hidden} more rows, by scrolling", fill=SOFT))
    return joined(marks)


def _widths(units: Units, rows: Rows, room: float) -> dict[str, float]:
    wanted: dict[str, float] = {}
    for column in rows[0]:
        texts = [column, *(units.written(column, row[column]) for row in rows)]
        widest = max(text_width(text, 11.0) for text in texts) + 12
        wanted[column] = GAUGE_PX if units.is_gauge(column) else min(widest, _WIDEST_PX)
    total = sum(wanted.values())
    if total <= room:
        return {column: width * room / total for column, width in wanted.items()}
    # The widest ones give way until all fit.
    cap = GAUGE_PX
    while cap > 1 and sum(_capped(units, wanted, cap).values()) > room:
        cap -= 1
    return _capped(units, wanted, cap)


def _capped(units: Units, wanted: dict[str, float], cap: float) -> dict[str, float]:
    return {
        column: width if units.is_gauge(column) else min(width, cap)
        for column, width in wanted.items()
    }


def _cell(units: Units, column: str, value: Value, box: Box) -> Markup:
    text = units.written(column, value)
    if units.is_gauge(column) and isinstance(value, int | float):
        room = box.width - 58
        back = tag("rect", x=box.x + 4, y=box.y + 6, width=room, height=12.0, fill=GRID)
        full = max(room * min(float(value), 1.0), 1.0)
        front = tag("rect", x=box.x + 4, y=box.y + 6, width=full, height=12.0, fill=_BAR)
        return joined([back, front, words(box.x + room + 10, box.y + 16, text)])
    fill = _LINK if units.is_link(column) else INK
    return words(box.x + 4, box.y + 16, text, room=box.width - 8, fill=fill)

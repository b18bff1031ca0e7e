"""A whole dashboard as one SVG: its head, its rows, and every panel in its place."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from grafana.pictures import plots, texts
from grafana.pictures.frame import INK, SOFT, Box, words
from grafana.pictures.texts import Rows

from benchwire.analysis.report.markup import Markup, joined, tag
from benchwire.analysis.report.plots.text_size import text_width

CELL_PX: Final = 56.0
LINE_PX: Final = 38.0
GAP_PX: Final = 8.0
HEAD_PX: Final = 64.0
FOOT_PX: Final = 26.0
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_FOOT: Final = "Drawn from the dashboard's file and the answers to its queries; not Grafana itself."
_DRAW: Final[Mapping[str, Callable[[dict[str, Any], Rows, Box], Markup]]] = {
    "stat": texts.figures,
    "table": texts.table,
    "barchart": plots.bars,
    "trend": plots.over_number,
    "xychart": plots.points,
}


def picture(
    document: dict[str, Any],
    answers: Mapping[int, Rows],
    chosen: Mapping[str, str],
    between: tuple[float, float],
) -> str:
    """Draw a dashboard from the rows of each panel, by its number, and what is chosen above.

    The time range is in seconds since 1970.
    """
    width = 24 * CELL_PX + GAP_PX
    under = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in document["panels"])
    height = HEAD_PX + under * LINE_PX + FOOT_PX
    paper = tag("rect", x=0.0, y=0.0, width=width, height=height, fill="#f4f5f7")
    marks = [paper, _head(document, chosen)]
    marks += [_panel(panel, answers.get(panel["id"], []), between) for panel in document["panels"]]
    marks.append(words(GAP_PX * 2, height - 9, _FOOT, fill=SOFT))
    drawn = tag(
        "svg",
        tag("title", document["title"]),
        joined(marks),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        font_family=_FONT,
    )
    # An element a line: a change of a figure is a line of the difference.
    return drawn.replace("><", ">\n<") + "\n"


def _head(document: dict[str, Any], chosen: Mapping[str, str]) -> Markup:
    marks = [words(GAP_PX * 2, 26, document["title"], size=18, weight="600")]
    x = GAP_PX * 2
    for name, value in chosen.items():
        wide = text_width(name, 11.0) + 14
        marks.append(words(x, 51, name, fill=SOFT))
        box = text_width(value, 11.0) + 16
        back = {"fill": "#ffffff", "stroke": "#d8dee4"}
        marks.append(tag("rect", x=x + wide, y=37.0, width=box, height=20.0, rx=3.0, **back))
        marks.append(words(x + wide + 8, 51, value, fill=INK))
        x += wide + box + 20
    return joined(marks)


def _panel(panel: dict[str, Any], rows: Rows, between: tuple[float, float]) -> Markup:
    place = panel["gridPos"]
    box = Box(
        place["x"] * CELL_PX + GAP_PX,
        HEAD_PX + place["y"] * LINE_PX,
        place["w"] * CELL_PX - GAP_PX,
        place["h"] * LINE_PX - GAP_PX,
    )
    if panel["type"] == "row":
        return words(box.x + GAP_PX, box.y + 20, panel["title"], size=14, weight="600")
    frame = {"fill": "#ffffff", "stroke": "#e2e6ea"}
    back = tag("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=3.0, **frame)
    title = words(box.x + 10, box.y + 20, panel["title"], size=13, weight="600", room=box.width)
    inside = box.inside(10, 32, 10, 8)
    if panel["type"] == "timeseries":
        drawn = plots.over_time(panel, rows, inside, between)
    else:
        drawn = _DRAW[panel["type"]](panel, rows, inside)
    return joined([back, title, drawn])

"""What every drawn panel has: the rectangle it may draw in, colours, and small marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchwire.analysis.report.markup import Markup, joined, tag
from benchwire.analysis.report.plots.text_size import squeezed, text_width

SMALL_PX: Final = 11.0
LEGEND_PX: Final = 15.0
COLOURS: Final = (
    "#0059a8",
    "#cc4e00",
    "#008a66",
    "#d24dac",
    "#a88f00",
    "#3d9be9",
    "#5c2a0a",
    "#1d2229",
)
INK, SOFT, GRID = "#1b1f24", "#57606a", "#e7ebef"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, left: float, top: float, right: float, bottom: float) -> "Box":
        """What remains within margins."""
        return Box(
            self.x + left, self.y + top, self.width - left - right, self.height - top - bottom
        )


def colour(number: int) -> str:
    """One for each series; they begin again after the last."""
    return COLOURS[number % len(COLOURS)]


def words(  # noqa: PLR0913 - where, what, and how
    x: float,
    y: float,
    text: str,
    *,
    room: float = 1e9,
    size: float = SMALL_PX,
    fill: str = INK,
    anchor: str = "start",
    weight: str | None = None,
) -> Markup:
    """A text, shortened to its room."""
    return tag(
        "text",
        squeezed(text, room, size),
        x=x,
        y=y,
        font_size=size,
        fill=fill,
        text_anchor=None if anchor == "start" else anchor,
        font_weight=weight,
    )


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = GRID) -> Markup:
    """A thin straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke)


def legend_lines(width: float, names: Sequence[str]) -> list[list[tuple[float, str]]]:
    """Names of the series, each with its place in its line."""
    lines: list[list[tuple[float, str]]] = [[]]
    x = 0.0
    for name in names:
        short = squeezed(name, width - 24, SMALL_PX)
        wide = text_width(short, SMALL_PX) + 24
        if x and x + wide > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, short))
        x += wide
    return lines


def legend(box: Box, names: Sequence[str]) -> Markup:
    """Names of the series in lines at the foot."""
    marks: list[Markup] = []
    lines = legend_lines(box.width, names)
    number = 0
    for down, named in enumerate(lines):
        y = box.y + box.height - 4 - LEGEND_PX * (len(lines) - 1 - down)
        for x, name in named:
            fill = colour(number)
            marks.append(tag("rect", x=box.x + x, y=y - 7, width=10, height=4, fill=fill))
            marks.append(words(box.x + x + 14, y, name, fill=SOFT))
            number += 1
    return joined(marks)


def nothing(box: Box) -> Markup:
    """What is drawn where a query has no rows."""
    return words(
        box.x + box.width / 2, box.y + box.height / 2, "No data", fill=SOFT, anchor="middle"
    )

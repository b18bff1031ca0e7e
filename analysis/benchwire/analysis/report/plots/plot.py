"""What a plot is, and the marks that all of them share."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchwire.analysis.report.markup import Markup, joined, tag

WIDE_PX: Final = 820.0
NARROW_PX: Final = 340.0
_SAID: Final = re.compile("<g><title>[^<]*</title>")
COLOURS: Final = 8
"""Colours that can be told apart; the style sheet calls them c0 to c7."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The marks of a plot, and how high it is."""

    marks: Markup
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot that can be drawn at any width."""

    key: str
    """The table of the same key has its numbers."""
    title: str
    describe: str
    """What a person who cannot see it should know, in a sentence or two."""
    draw: Callable[[float], Drawing]
    legend: Sequence[tuple[str, str]] = ()
    """Class of a swatch, and what it stands for."""
    remark: str = ""


def svg(plot: Plot, width: float, suffix: str) -> Markup:
    """The plot as an element; its title and description are what a screen reader reads."""
    drawing = plot.draw(width)
    # Nobody points at anything on a telephone, and what would be shown doubles the page.
    marks = drawing.marks if suffix == "wide" else Markup(_SAID.sub("<g>", drawing.marks))
    title_id, text_id = f"{plot.key}-{suffix}-t", f"{plot.key}-{suffix}-d"
    return tag(
        "svg",
        tag("title", plot.title, id=title_id),
        tag("desc", plot.describe, id=text_id),
        marks,
        class_=f"plot {suffix}",
        viewBox=f"0 0 {width:.0f} {drawing.height:.0f}",
        role="img",
        aria_labelledby=f"{title_id} {text_id}",
    )


def label(  # noqa: PLR0913 - where, how, and what a text is
    x: float, y: float, text: str, *, anchor: str = "start", class_: str = "", full: str = ""
) -> Markup:
    """A text; `full` is shown where one points at it."""
    said = (tag("title", full),) if full and full != text else ()
    # text-anchor follows the direction of the text: isolated, names written from right to left
    # stay in their place.
    return tag(
        "text",
        *said,
        text,
        x=x,
        y=y,
        text_anchor=None if anchor == "start" else anchor,
        class_=class_ or None,
    )


def mark(shape: Markup, said: str) -> Markup:
    """A mark that says what it stands for where one points at it."""
    return tag("g", tag("title", said), shape)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str) -> Markup:
    """A rectangle; one too thin to be seen is drawn a pixel wide."""
    return tag("rect", x=x, y=y, width=max(width, 1.0), height=height, class_=class_)


def circle(x: float, y: float, radius: float, class_: str) -> Markup:
    """A dot."""
    return tag("circle", cx=x, cy=y, r=radius, class_=class_)


def group(parts: Sequence[Markup]) -> Markup:
    """Marks, one upon the other."""
    return joined(parts)

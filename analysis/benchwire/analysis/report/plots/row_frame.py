"""The frame of plots with one row per name: names, an axis, a value at the end of each row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchwire.analysis.report.markup import Markup
from benchwire.analysis.report.plots.plot import label, line
from benchwire.analysis.report.plots.scales import Scale
from benchwire.analysis.report.plots.text_size import FONT_PX, squeezed, text_width
from benchwire.analysis.shown_text import one_line

NAME_PX_MAX: Final = 250.0
NARROW_BELOW_PX: Final = 500.0
GAP_PX: Final = 10.0
AXIS_PX: Final = 40.0
NAME_LINE_PX: Final = 21.0
TOP_PX: Final = 6.0
TICK_PX: Final = 20.0
"""Half of what stands at an end of an axis may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFrame:
    """Where rows and their parts lie. On a narrow page a name stands above its row."""

    width: float
    names: Sequence[str]
    ends: Sequence[str]
    """What stands at the right of each row."""
    row_px: float

    @property
    def is_narrow(self) -> bool:
        """Whether names stand above their rows."""
        return self.width < NARROW_BELOW_PX

    @property
    def left(self) -> float:
        """Where values begin."""
        if self.is_narrow:
            return TICK_PX
        widest = max((text_width(one_line(name)) for name in self.names), default=0.0)
        return min(widest, NAME_PX_MAX) + GAP_PX + 4

    @property
    def right(self) -> float:
        """Where values end."""
        if self.is_narrow:
            return self.width - TICK_PX
        return self.width - max((text_width(end) for end in self.ends), default=0.0) - GAP_PX - 6

    @property
    def height(self) -> float:
        """Of the whole plot."""
        return self.bottom + AXIS_PX

    @property
    def bottom(self) -> float:
        """Where the axis is."""
        return TOP_PX + len(self.names) * self._pitch

    @property
    def _pitch(self) -> float:
        return self.row_px + (NAME_LINE_PX if self.is_narrow else 0.0)

    def top_of(self, index: int) -> float:
        """Where the marks of a row begin; they have row_px."""
        return TOP_PX + index * self._pitch + (NAME_LINE_PX if self.is_narrow else 0.0)

    def middle_of(self, index: int) -> float:
        """The middle of a row's marks."""
        return self.top_of(index) + self.row_px / 2

    def frame(self, scale: Scale, write: Callable[[float], str], axis: str) -> list[Markup]:
        """Names, ends, grid lines and the axis."""
        found: list[Markup] = []
        n_ticks = 4 if self.is_narrow else 7
        for tick in scale.ticks(n_ticks):
            x = scale.at(tick)
            found += [
                line(x, TOP_PX, x, self.bottom, "grid"),
                label(x, self.bottom + 15, write(tick), anchor="middle", class_="tick"),
            ]
        found.append(line(self.left, self.bottom, self.right, self.bottom, "axis"))
        middle = (self.left + self.right) / 2
        found.append(label(middle, self.bottom + 32, axis, anchor="middle", class_="caption"))
        for index, (name, end) in enumerate(zip(self.names, self.ends, strict=True)):
            found += self._texts(index, one_line(name), end)
        return found

    def _texts(self, index: int, name: str, end: str) -> list[Markup]:
        if self.is_narrow:
            y = self.top_of(index) - 4
            room = self.width - text_width(end) - GAP_PX - 8
            return [
                label(0, y, squeezed(name, room), class_="name", full=name),
                label(self.width, y, end, anchor="end", class_="end"),
            ]
        y = self.middle_of(index) + FONT_PX / 3
        x = self.left - GAP_PX
        short = squeezed(name, NAME_PX_MAX)
        return [
            label(x, y, short, anchor="end", class_="name", full=name),
            label(self.width, y, end, anchor="end", class_="end"),
        ]

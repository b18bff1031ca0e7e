"""Success against cost, with the front that no policy beats."""

import itertools
from dataclasses import dataclass

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup, tag
from benchwire.analysis.report.plots.plot import Drawing, Plot, circle, group, label, line, mark
from benchwire.analysis.report.plots.scales import Scale, spread
from benchwire.analysis.report.plots.text_size import FONT_PX, squeezed, text_width
from benchwire.analysis.report.scope import listed
from benchwire.analysis.shown_text import one_line

NAME_PX_MAX = 190.0
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    name: str
    cost: float
    rate: float
    is_front: bool


def pareto_plot(report: Report) -> Plot | None:
    """None where no policy has both a cost and a trial that is over."""
    points = _points(report)
    if not points:
        return None

    def draw(width: float) -> Drawing:
        height = min(width, 460.0) * (1.0 if width < 500 else 0.9)  # noqa: PLR2004
        x = spread([point.cost for point in points], 52, width - 16)
        y = Scale(low=0, high=1, start=height - 44, end=14)
        marks = [*_axes(x, y), *_front(points, x, y), *_dots(points, x, y)]
        return Drawing(marks=group([*marks, *_names(points, x, y, width)]), height=height)

    front = [point.name for point in points if point.is_front]
    return Plot(
        key="spending",
        title="Success against cost",
        describe=(
            f"{w.things(len(points), 'policy', 'policies')} by AIU per trial and share of trials "
            f"resolved. On the front that no other beats, by cost: {listed(front)}."
        ),
        draw=draw,
        legend=(
            ("s-dot c0", "on the front: none solves as much for less"),
            ("s-dot muted", "beaten by another policy"),
        ),
        remark="Names that would overlap are left out; point at a dot, or see the table.",
    )


def _points(report: Report) -> list[_Point]:
    points = [
        _Point(
            name=place.policy_id,
            cost=place.cost_aiu_per_trial,
            rate=place.success_rate_all,
            is_front=bool(place.is_on_front),
        )
        for place in report.pareto
        if place.success_rate_all is not None and place.cost_aiu_per_trial is not None
    ]
    return sorted(
        points, key=lambda point: (not point.is_front, point.cost, -point.rate, point.name)
    )


def _axes(x: Scale, y: Scale) -> list[Markup]:
    marks: list[Markup] = []
    for rate in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks += [
            line(x.start, y.at(rate), x.end, y.at(rate), "grid"),
            label(x.start - 8, y.at(rate) + 4, f"{rate * 100:.0f} %", anchor="end", class_="tick"),
        ]
    for cost in x.ticks(6):
        marks += [
            line(x.at(cost), y.start, x.at(cost), y.end, "grid"),
            label(x.at(cost), y.start + 18, w.number(cost), anchor="middle", class_="tick"),
        ]
    caption = "AIU per trial" + (", by powers of ten" if x.is_log else "")
    middle = (x.start + x.end) / 2
    marks.append(label(middle, y.start + 34, caption, anchor="middle", class_="caption"))
    return marks


def _front(points: list[_Point], x: Scale, y: Scale) -> list[Markup]:
    """Steps: what can be had for a cost is what the best policy below it gives."""
    front = [point for point in points if point.is_front]
    if not front:
        return []
    path = f"M{x.at(front[0].cost):.1f} {y.at(front[0].rate):.1f}"
    for point in front[1:]:
        path += f"H{x.at(point.cost):.1f}V{y.at(point.rate):.1f}"
    return [tag("path", d=f"{path}H{x.end:.1f}", class_="front")]


def _dots(points: list[_Point], x: Scale, y: Scale) -> list[Markup]:
    # The front comes last, so that it lies on top.
    return [
        mark(
            circle(
                x.at(point.cost),
                y.at(point.rate),
                6 if point.is_front else 5,
                "dot c0" if point.is_front else "dot muted",
            ),
            f"{point.name}: {w.aiu(point.cost)} AIU per trial, {w.percent(point.rate)} resolved",
        )
        for point in reversed(points)
    ]


def _names(points: list[_Point], x: Scale, y: Scale, width: float) -> list[Markup]:
    """Names beside their dots where there is room, those of the front first."""
    taken = [_around(x.at(point.cost), y.at(point.rate)) for point in points]
    taken += _steps(points, x, y)
    marks: list[Markup] = []
    for point in points:
        full = one_line(point.name)
        name = squeezed(full, min(NAME_PX_MAX, width * 0.5))
        px, py, size = x.at(point.cost), y.at(point.rate), text_width(name)
        for left, top in (
            (px + 9, py - 7),
            (px + 4, py - 21),
            (px - 9 - size, py - 7),
            (px - 4 - size, py - 21),
            (px - size / 2, py - 23),
            (px + 4, py + 8),
            (px - size / 2, py + 9),
            (px - 4 - size, py + 8),
        ):
            box = (left, top, left + size, top + FONT_PX + 2)
            inside = left >= x.start + 2 and box[2] <= width and top >= 0 and box[3] <= y.start - 2
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                class_ = "name" if point.is_front else "name faint"
                marks.append(label(left, top + FONT_PX - 1, name, class_=class_, full=full))
                break
    return marks


def _steps(points: list[_Point], x: Scale, y: Scale) -> list[Box]:
    """What the front's lines cover."""
    front = [point for point in points if point.is_front]
    boxes: list[Box] = []
    for point, following in itertools.zip_longest(front, front[1:]):
        px, py = x.at(point.cost), y.at(point.rate)
        end = x.end if following is None else x.at(following.cost)
        boxes.append((px, py - 1, end, py + 1))
        if following is not None:
            boxes.append((end - 1, y.at(following.rate), end + 1, py))
    return boxes


def _around(x: float, y: float) -> Box:
    return (x - 6, y - 6, x + 6, y + 6)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

"""Bars, and lines and points over a number or over time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from grafana.pictures.frame import (
    LEGEND_PX,
    SOFT,
    Box,
    colour,
    legend,
    legend_lines,
    line,
    nothing,
    words,
)
from grafana.pictures.texts import Rows
from grafana.pictures.values import Units, moment

from benchwire.analysis.report.markup import Markup, joined, tag
from benchwire.analysis.report.plots.scales import Scale, zero_based
from benchwire.analysis.report.plots.text_size import text_width

_LEFT, _TOP, _RIGHT, _FOOT = 70.0, 8.0, 12.0, 30.0
_TICKS: Final = 5
_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0, 100.0)
_SECONDS: Final = (60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one colour; y is None where nothing is known."""

    name: str
    points: Sequence[tuple[float, float]]
    column: str


def bars(panel: dict[str, Any], rows: Rows, box: Box) -> Markup:
    """Bars over the first column, beside or on top of each other."""
    if not rows:
        return nothing(box)
    units = Units(panel)
    first, *columns = rows[0]
    is_stacked = panel["options"]["stacking"] == "normal"
    plot = _inside(box, columns)
    heights = [[float(row[column] or 0) for column in columns] for row in rows]
    tops = [sum(each) if is_stacked else max(each) for each in heights]
    y = zero_based(tops, plot.y + plot.height, plot.y)
    marks = [_y_axis(units, columns[0], y, plot)]
    room = plot.width / len(rows)
    for place, (row, each) in enumerate(zip(rows, heights, strict=True)):
        left, width = plot.x + (place + 0.1) * room, room * 0.8
        base = 0.0
        for number, value in enumerate(each):
            bar = width if is_stacked else width / len(each)
            x = left if is_stacked else left + number * bar
            top, foot = y.at(base + value), y.at(base)
            marks.append(tag("rect", x=x, y=top, width=bar, height=foot - top, fill=colour(number)))
            base += value if is_stacked else 0.0
        every = math.ceil(34 / room)
        if place % every == 0:
            middle, under = plot.x + (place + 0.5) * room, plot.y + plot.height + 16
            name = str(row[first])
            marks.append(
                words(middle, under, name, room=room * every - 4, fill=SOFT, anchor="middle")
            )
    return joined([*marks, legend(box, columns)])


def over_number(panel: dict[str, Any], rows: Rows, box: Box) -> Markup:
    """The columns over the number in the first one."""
    if not rows:
        return nothing(box)
    first, *columns = rows[0]
    series = [_series(rows, first, column, column) for column in columns]
    return _lines(panel, series, box, first, lambda value: f"{value:g}")


def over_time(panel: dict[str, Any], rows: Rows, box: Box, between: tuple[float, float]) -> Markup:
    """The columns over the time in the first one, within seconds since 1970, each for itself."""
    if not rows:
        return nothing(box)
    first, *columns = rows[0]
    timed: Rows = [{**row, first: moment(row[first])} for row in rows]
    series = [_series(timed, first, column, column) for column in columns]
    return _lines(panel, series, box, "", _clock, between=between)


def points(panel: dict[str, Any], rows: Rows, box: Box) -> Markup:
    """The further numbers over the first one; a series for each name and number."""
    (partition,) = panel["transformations"]
    (by,) = partition["options"]["fields"]
    if not rows:
        return nothing(box)
    x, *columns = [column for column in rows[0] if column != by]
    names = list(dict.fromkeys(row[by] for row in rows))
    series = [
        _series(
            [row for row in rows if row[by] == name],
            x,
            column,
            f"{name}" if len(columns) == 1 else f"{name} {column}",
        )
        for name in names
        for column in columns
    ]
    units = Units(panel)
    return _lines(panel, series, box, x, lambda value: units.written(x, value))


def _series(rows: Rows, x: str, column: str, name: str) -> Series:
    known = [(row[x], row[column]) for row in rows]
    return Series(
        name,
        [
            (float(at), float(value))
            for at, value in known
            if isinstance(at, int | float) and isinstance(value, int | float)
        ],
        column,
    )


def _lines(  # noqa: PLR0913 - what is drawn, where, and its axis
    panel: dict[str, Any],
    series: Sequence[Series],
    box: Box,
    caption: str,
    written: Callable[[float], str],
    *,
    between: tuple[float, float] | None = None,
) -> Markup:
    known = [each for each in series if each.points]
    if not known:
        return nothing(box)
    names = [each.name for each in series]
    plot = _inside(box, names, caption)
    xs = [x for each in known for x, _ in each.points]
    x = _around(xs, plot) if between is None else _exactly(between, plot)
    y = zero_based([y for each in known for _, y in each.points], plot.y + plot.height, plot.y)
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    is_joined = custom.get("show", "lines") != "points"
    marks = [
        _y_axis(Units(panel), known[0].column, y, plot),
        _x_axis(x, xs, plot, written, caption),
    ]
    for number, each in enumerate(series):
        if is_joined and len(each.points) > 1:
            path = "L".join(f"{x.at(at):.1f} {y.at(value):.1f}" for at, value in each.points)
            marks.append(tag("path", d=f"M{path}", fill="none", stroke=colour(number)))
        radius = 4.0 if len(each.points) < 30 else 1.5  # noqa: PLR2004 - beyond, dots would touch
        marks += [
            tag("circle", cx=x.at(at), cy=y.at(value), r=radius, fill=colour(number))
            for at, value in each.points
        ]
    return joined([*marks, legend(box, names)])


def _inside(box: Box, names: Sequence[str], caption: str = "") -> Box:
    foot = _FOOT + LEGEND_PX * len(legend_lines(box.width, names)) + (14 if caption else 0)
    return box.inside(_LEFT, _TOP, _RIGHT, foot)


def _around(xs: Sequence[float], plot: Box) -> Scale:
    low, high = min(xs), max(xs)
    margin = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return Scale(low=low - margin, high=high + margin, start=plot.x, end=plot.x + plot.width)


def _exactly(between: tuple[float, float], plot: Box) -> Scale:
    low, high = between
    return Scale(low=low, high=high, start=plot.x, end=plot.x + plot.width)


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M}"


def _step(raw: float, *, is_time: bool, is_whole: bool) -> float:
    """The round step that is not below."""
    if is_time:
        return next((each for each in _SECONDS if each >= raw), _SECONDS[-1])
    power = 10.0 ** math.floor(math.log10(raw))
    steps = (power * each for each in _ROUND if power * each >= raw * (1 - 1e-9))
    return next(each for each in steps if each.is_integer() or not is_whole)


def _y_axis(units: Units, column: str, y: Scale, plot: Box) -> Markup:
    marks: list[Markup] = []
    for tick in y.ticks(_TICKS):
        at = y.at(tick)
        marks.append(line(plot.x, at, plot.x + plot.width, at))
        text = units.written(column, tick)
        marks.append(words(plot.x - 6, at + 4, text, room=62, fill=SOFT, anchor="end"))
    return joined(marks)


def _x_axis(
    x: Scale, xs: Sequence[float], plot: Box, written: Callable[[float], str], caption: str
) -> Markup:
    foot = plot.y + plot.height
    widest = max(text_width(written(value), 11.0) for value in xs) + 20
    raw = (x.high - x.low) / max(1.0, min(6.0, plot.width // widest))
    is_whole = all(value.is_integer() for value in xs)
    step = _step(raw, is_time=written is _clock, is_whole=is_whole)
    at = math.ceil(x.low / step) * step
    marks: list[Markup] = []
    while at <= x.high:
        marks.append(line(x.at(at), foot, x.at(at), foot + 4, "#d8dee4"))
        marks.append(words(x.at(at), foot + 16, written(at), fill=SOFT, anchor="middle"))
        at += step
    if caption:
        middle = plot.x + plot.width / 2
        marks.append(words(middle, foot + 31, caption, fill=SOFT, anchor="middle"))
    return joined(marks)

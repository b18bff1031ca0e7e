"""Lines, one for each policy: success from job to job, and pass@k by k."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup, tag
from benchwire.analysis.report.plots.plot import (
    COLOURS,
    Drawing,
    Plot,
    circle,
    group,
    label,
    line,
    mark,
)
from benchwire.analysis.report.plots.scales import Scale
from benchwire.analysis.report.plots.text_size import squeezed
from benchwire.analysis.shown_text import one_line

POINTS_MAX = 30
_DODGE_PX = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    index: int
    rate: float
    low: float | None
    high: float | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    name: str
    class_: str
    points: Sequence[_Point]


def trend_plot(report: Report) -> Plot | None:
    """Success from job to job; None where there is one job, or more policies than colours."""
    jobs = _jobs(report)
    names = jobs[-POINTS_MAX:]
    policies = sorted({point.policy_id for point in report.trend})
    if len(names) < 2 or len(policies) > COLOURS or report.job_id is not None:  # noqa: PLR2004
        return None
    lines = [
        _Line(
            name=policy,
            class_=f"c{number}",
            points=[
                _Point(
                    index=names.index(point.job_id),
                    rate=point.success_rate_graded,
                    low=point.success_rate_graded_low,
                    high=point.success_rate_graded_high,
                    said=f"{policy}, {point.job_id}: {w.percent(point.success_rate_graded)}, "
                    f"{point.n_resolved} of {point.n_graded}",
                )
                for point in report.trend
                if point.policy_id == policy
                and point.job_id in names
                and point.success_rate_graded is not None
            ],
        )
        for number, policy in enumerate(policies)
    ]
    hidden = len(jobs) - len(names)
    return Plot(
        key="trend",
        title="Success from job to job, with 95 % intervals",
        describe=(
            f"Graded success rate of {w.things(len(policies), 'policy', 'policies')} in "
            f"{w.things(len(names), 'job')}, in the order in which they began."
        ),
        draw=lambda width: _draw(lines, names, width, "job, by its beginning"),
        legend=[(f"s-dot c{number}", policy) for number, policy in enumerate(policies)],
        remark=f"{w.things(hidden, 'job')} before these are not shown." if hidden else "",
    )


def _jobs(report: Report) -> list[str]:
    """In the order in which their first policies began; those that do not tell come last."""
    begun: dict[str, str] = {}
    for point in report.trend:
        at = point.first_started_at or "~"
        begun[point.job_id] = min(at, begun.get(point.job_id, at))
    return sorted(begun, key=lambda job: (begun[job], job))


def pass_at_k_plot(report: Report) -> Plot | None:
    """pass@k above, pass^k below; None where nothing was repeated, or policies exceed colours."""
    ks = sorted({row.k for row in report.pass_at_k})[:POINTS_MAX]
    policies = sorted({row.policy_id for row in report.pass_at_k})
    if len(ks) < 2 or len(policies) > COLOURS:  # noqa: PLR2004
        return None
    lines: list[_Line] = []
    for number, policy in enumerate(policies):
        of_policy = [row for row in report.pass_at_k if row.policy_id == policy and row.k in ks]
        for kind, dashes in (("pass@k", ""), ("pass^k", " dashed")):
            points = [
                _Point(index=ks.index(row.k), rate=rate, low=None, high=None, said=said)
                for row in of_policy
                if (rate := row.pass_at_k if kind == "pass@k" else row.pass_hat_k) is not None
                and (said := f"{policy}: {kind[:-1]}{row.k} {w.percent(rate)}")
            ]
            lines.append(_Line(name=policy, class_=f"c{number}{dashes}", points=points))
    return Plot(
        key="pass_at_k",
        title="Success in k trials",
        describe=(
            f"For {w.things(len(policies), 'policy', 'policies')} and k up to {ks[-1]}: how likely "
            "one of k trials solves a task (solid), and how likely all do (dashed)."
        ),
        draw=lambda width: _draw(lines, [str(k) for k in ks], width, "k, trials of a task"),
        legend=[
            *((f"s-dot c{number}", policy) for number, policy in enumerate(policies)),
            ("s-line", "one of k (pass@k)"),
            ("s-line dashed", "all k (pass^k)"),
        ],
    )


def _draw(lines: Sequence[_Line], names: Sequence[str], width: float, axis: str) -> Drawing:
    height = 300.0
    y = Scale(low=0, high=1, start=height - 46, end=12)
    margin = (28.0 if width < 500 else 64.0) + _DODGE_PX * len(lines) / 2  # noqa: PLR2004
    x = Scale(low=0, high=max(1, len(names) - 1), start=46 + margin, end=width - margin)
    marks: list[Markup] = []
    for rate in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks += [
            line(46, y.at(rate), width, y.at(rate), "grid"),
            label(38, y.at(rate) + 4, f"{rate * 100:.0f} %", anchor="end", class_="tick"),
        ]
    room = (x.end - x.start) / max(1, len(names) - 1)
    every = max(1, -(-len(names) * 34 // max(1, int(x.end - x.start))))
    for index, name in enumerate(names):
        if index % every == 0:
            full = one_line(name)
            at = x.at(index)
            short = squeezed(full, min(max(26.0, room * every - 8), 2 * at, 2 * (width - at)))
            marks.append(label(at, y.start + 18, short, anchor="middle", class_="tick", full=full))
    marks.append(label(width / 2, height - 10, axis, anchor="middle", class_="caption"))
    has_intervals = any(point.low is not None for each in lines for point in each.points)
    for number, each in enumerate(lines):
        # Side by side, so that intervals of several policies at one job do not cover each other.
        shift = (number - (len(lines) - 1) / 2) * _DODGE_PX if has_intervals else 0.0
        marks += _line(each, x, y, shift)
    return Drawing(marks=group(marks), height=height)


def _line(each: _Line, x: Scale, y: Scale, shift: float) -> list[Markup]:
    ordered = sorted(each.points, key=lambda point: point.index)
    path = "L".join(f"{x.at(point.index) + shift:.1f} {y.at(point.rate):.1f}" for point in ordered)
    marks = [tag("path", d=f"M{path}", class_=f"path {each.class_}")] if len(ordered) > 1 else []
    for point in ordered:
        at = x.at(point.index) + shift
        parts: list[Markup] = []
        if point.low is not None and point.high is not None:
            parts.append(line(at, y.at(point.low), at, y.at(point.high), f"thin {each.class_}"))
        parts.append(circle(at, y.at(point.rate), 4, f"dot {each.class_}"))
        marks.append(mark(group(parts), point.said))
    return marks

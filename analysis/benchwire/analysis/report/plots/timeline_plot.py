"""When runs ran: one panel for each job, one bar for each run, coloured by what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup
from benchwire.analysis.report.plots.plot import Drawing, Plot, group, label, line, mark, rect
from benchwire.analysis.report.plots.scales import Scale
from benchwire.analysis.report.plots.text_size import squeezed
from benchwire.analysis.report.run_rows import TimelineRun
from benchwire.analysis.shown_text import one_line

JOBS_MAX: Final = 3
NAME_PX: Final = 150.0
_LANES_PX_MAX: Final = 260.0
_LANE_PX: Final = 11.0
_POLICIES_NAMED_MAX: Final = 12
_HEAD_PX: Final = 24.0
_NAME_LINE_PX: Final = 15.0
_GAP_PX: Final = 4.0
_FOOT_PX: Final = 30.0
_STEPS_MS: Final = tuple(
    unit * step
    for unit, steps in (
        (1, (1, 2, 5, 10, 20, 50, 100, 200, 500)),
        (1_000, (1, 2, 5, 10, 15, 30)),
        (60_000, (1, 2, 5, 10, 15, 30)),
        (3_600_000, (1, 2, 3, 6, 12, 24, 48, 96, 168, 720, 8760, 87600)),
    )
    for step in steps
)
"""Distances between marks of a time axis."""
_KINDS: Final = {
    "resolved": ("c2", "resolved"),
    "unresolved": ("c1", "not resolved"),
    "ungraded": ("muted", "no verdict"),
    "open": ("hollow", "not over"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    run: TimelineRun
    start_ms: float
    """Since the panel's first run."""
    end_ms: float
    lane: int
    """Within its group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The runs of one policy; of all, without a name, where they are too many to name."""

    name: str
    bars: Sequence[_Bar]

    @property
    def n_lanes(self) -> int:
        return 1 + max(bar.lane for bar in self.bars)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    job_id: str
    groups: Sequence[_Group]
    span_ms: float

    @property
    def lane_px(self) -> float:
        """Thinner lanes where there are many; never so thin that a bar is lost."""
        n_lanes = sum(group.n_lanes for group in self.groups)
        return max(2.5, min(_LANE_PX, _LANES_PX_MAX / n_lanes))


def timeline_plot(report: Report) -> Plot | None:
    """The jobs that began last; None where no run tells its time."""
    by_job: dict[str, list[TimelineRun]] = {}
    for run in report.timeline:
        by_job.setdefault(run.job_id, []).append(run)
    if not by_job:
        return None
    jobs = list(by_job)
    panels = [_panel(job, by_job[job]) for job in jobs[-JOBS_MAX:]]
    hidden = len(jobs) - len(panels)

    def draw(width: float) -> Drawing:
        marks: list[Markup] = []
        y = 0.0
        for panel in panels:
            drawing = _draw(panel, width, y)
            marks.append(drawing.marks)
            y += drawing.height
        return Drawing(marks=group(marks), height=y)

    n_bars = sum(len(each.bars) for panel in panels for each in panel.groups)
    return Plot(
        key="timeline",
        title="Timeline of runs",
        describe=(
            f"{w.things(n_bars, 'run')} of {w.things(len(panels), 'job')} as bars from start to "
            "end, grouped by policy, coloured by outcome."
        ),
        draw=draw,
        legend=[(f"s-box {class_}", name) for class_, name in _KINDS.values()],
        remark=f"{w.things(hidden, 'job')} that began earlier are not shown." if hidden else "",
    )


def _panel(job_id: str, runs: Sequence[TimelineRun]) -> _Panel:
    first = min(_ms(run) for run in runs)
    ends = [_ms(run) - first + (run.duration_ms or 0) for run in runs]
    span = max([*ends, 1.0])
    by_policy: dict[str, list[TimelineRun]] = {}
    for run in sorted(runs, key=lambda run: (run.policy_id, _ms(run), run.run_id)):
        by_policy.setdefault(run.policy_id, []).append(run)
    if len(by_policy) > _POLICIES_NAMED_MAX:
        by_policy = {"": sorted(runs, key=lambda run: (_ms(run), run.run_id))}
    groups = [
        _Group(name=policy, bars=_packed(its_runs, first, span))
        for policy, its_runs in by_policy.items()
    ]
    return _Panel(job_id=job_id, groups=groups, span_ms=span)


def _packed(runs: Sequence[TimelineRun], first_ms: float, span_ms: float) -> list[_Bar]:
    """Each run in the first lane that is free; an open one keeps its lane."""
    free_at: list[float] = []
    bars: list[_Bar] = []
    for run in runs:
        start = _ms(run) - first_ms
        # Of a run that is over, nobody may have said how long it took: then it is a tick.
        lasts = span_ms - start if _is_open(run) else run.duration_ms or 0.0
        end = start + lasts
        lane = next((number for number, at in enumerate(free_at) if at <= start), len(free_at))
        free_at[lane : lane + 1] = [end]
        bars.append(_Bar(run=run, start_ms=start, end_ms=end, lane=lane))
    return bars


def _draw(panel: _Panel, width: float, top: float) -> Drawing:
    is_narrow = width < 500  # noqa: PLR2004
    is_named = not is_narrow and any(each.name for each in panel.groups)
    left = NAME_PX + 10 if is_named else 8.0
    scale = Scale(low=0, high=panel.span_ms, start=left, end=width - 14)
    lanes_top = top + _HEAD_PX
    y = lanes_top
    bars: list[Markup] = []
    for each in panel.groups:
        height = max(each.n_lanes * panel.lane_px, _NAME_LINE_PX if is_named else 0.0) + _GAP_PX
        bars += _group(each, panel.lane_px, (y, height), scale, is_named=is_named)
        y += height
    name = one_line(panel.job_id)
    marks = [label(0, top + 15, squeezed(name, width * 0.6), class_="head", full=name)]
    for at in _marks_of_time(panel.span_ms, 4 if is_narrow else 8):
        x = scale.at(at)
        said = w.milliseconds(at) if at else "0"
        marks += [
            line(x, lanes_top - 3, x, y, "grid"),
            label(x, y + 15, said, anchor="middle" if at else "start", class_="tick"),
        ]
    return Drawing(marks=group([*marks, *bars]), height=y + _FOOT_PX - top)


def _group(
    each: _Group, lane_px: float, place: tuple[float, float], scale: Scale, *, is_named: bool
) -> list[Markup]:
    top, height = place
    lanes_top = top + (height - each.n_lanes * lane_px) / 2
    marks = [line(0, top + height, scale.end, top + height, "grid")]
    if is_named:
        full = one_line(each.name)
        short = squeezed(full, NAME_PX)
        middle = top + height / 2 + 4
        marks.append(label(NAME_PX, middle, short, anchor="end", class_="name", full=full))
    return marks + [_bar(bar, scale, lanes_top + bar.lane * lane_px, lane_px) for bar in each.bars]


def _bar(bar: _Bar, scale: Scale, y: float, lane_px: float) -> Markup:
    run = bar.run
    kind = "open" if _is_open(run) else run.outcome
    class_ = _KINDS.get(kind, _KINDS["ungraded"])[0]
    x = scale.at(bar.start_ms)
    shape = rect(x, y + 0.5, scale.at(bar.end_ms) - x, max(1.5, lane_px - 1.5), f"fill {class_}")
    trial = "" if run.trial_no is None else f", trial {run.trial_no}"
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    took = "not over" if _is_open(run) else w.milliseconds(run.duration_ms)
    status = f" ({run.status})" if run.status not in {None, "ok"} else ""
    said = f"{run.policy_id}, {run.task_id}{trial}{attempt}: {run.outcome}{status}, {took}"
    return mark(shape, said)


def _is_open(run: TimelineRun) -> bool:
    return run.duration_ms is None and run.state != "stopped"


def _marks_of_time(span_ms: float, n_max: int) -> list[float]:
    step = next((step for step in _STEPS_MS if span_ms / step < n_max), float(_STEPS_MS[-1]))
    return [number * step for number in range(int(span_ms / step) + 1)]


def _ms(run: TimelineRun) -> float:
    return datetime.fromisoformat(run.started_at).timestamp() * 1000

"""Stacked bars, one per name: tokens of each policy, failures of each root."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup
from benchwire.analysis.report.plots.plot import Drawing, Plot, group, mark, rect
from benchwire.analysis.report.plots.row_frame import RowFrame
from benchwire.analysis.report.plots.scales import Scale, zero_based

ROWS_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    name: str
    parts: Sequence[float]

    @property
    def total(self) -> float:
        return sum(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    name: str
    class_: str


_BUCKETS = (
    _Kind(name="cache read", class_="c5"),
    _Kind(name="cache write", class_="c2"),
    _Kind(name="input, not cached", class_="c0"),
    _Kind(name="output", class_="c1"),
)
_RECOVERIES = (
    _Kind(name="recovered", class_="c2"),
    _Kind(name="not recovered", class_="c1"),
    _Kind(name="nobody says", class_="muted"),
)


def token_plot(report: Report) -> Plot | None:
    """What goes through the models in a run of each policy; None where nobody states tokens."""
    bars = [
        _Bar(
            name=spent.policy_id,
            parts=[
                (tokens or 0) / spent.n_runs_with_tokens
                for tokens in (
                    spent.cache_read_tokens,
                    spent.cache_write_tokens,
                    spent.input_tokens,
                    spent.output_tokens,
                )
            ],
        )
        for spent in report.spending
        if spent.n_runs_with_tokens
    ]
    if not any(bar.total for bar in bars):
        return None
    bars.sort(key=lambda bar: (-bar.total, bar.name))
    most = bars[0]
    return Plot(
        key="tokens",
        title="Tokens per run by policy",
        describe=(
            "Tokens of the mean run in four buckets, for "
            f"{w.things(len(bars), 'policy', 'policies')}. {most.name} takes most, "
            f"{w.short(most.total)}."
        ),
        draw=lambda width: _draw(bars, _BUCKETS, width, "tokens per run, mean"),
        legend=_legend(_BUCKETS),
        remark=_hidden(bars),
    )


def failure_plot(report: Report) -> Plot | None:
    """What goes wrong over all policies; None where nothing does."""
    counts: dict[str, list[float]] = {}
    for failure in report.failures:
        parts = counts.setdefault(failure.root_kind, [0.0, 0.0, 0.0])
        parts[0] += failure.n_recovered
        parts[1] += failure.n_recovery_known - failure.n_recovered
        parts[2] += failure.n_failures - failure.n_recovery_known
    bars = [_Bar(name=root, parts=parts) for root, parts in counts.items()]
    bars.sort(key=lambda bar: (-bar.total, bar.name))
    if not bars:
        return None
    return Plot(
        key="failures",
        title="Failures by root",
        describe=(
            f"{w.things(len(bars), 'root')} of failures over all policies. The most frequent is "
            f"{bars[0].name}, {w.things(round(bars[0].total), 'failure')}."
        ),
        draw=lambda width: _draw(bars, _RECOVERIES, width, "failures"),
        legend=_legend(_RECOVERIES),
        remark=_hidden(bars),
    )


def _draw(all_bars: Sequence[_Bar], kinds: Sequence[_Kind], width: float, axis: str) -> Drawing:
    bars = all_bars[:ROWS_MAX]
    frame = RowFrame(
        width=width,
        names=[bar.name for bar in bars],
        ends=[w.short(bar.total) for bar in bars],
        row_px=22,
    )
    scale = zero_based([bar.total for bar in bars], frame.left, frame.right)
    marks = frame.frame(scale, w.short, axis)
    for index, bar in enumerate(bars):
        marks += _bar(bar, kinds, scale, frame.top_of(index) + 4)
    return Drawing(marks=group(marks), height=frame.height)


def _bar(bar: _Bar, kinds: Sequence[_Kind], scale: Scale, y: float) -> list[Markup]:
    marks: list[Markup] = []
    before = 0.0
    for kind, part in zip(kinds, bar.parts, strict=True):
        if part > 0:
            x = scale.at(before)
            said = f"{bar.name}: {w.short(part)} {kind.name}"
            shape = rect(x, y, scale.at(before + part) - x, 14, f"fill {kind.class_}")
            marks.append(mark(shape, said))
        before += part
    return marks


def _legend(kinds: Sequence[_Kind]) -> list[tuple[str, str]]:
    return [(f"s-box {kind.class_}", kind.name) for kind in kinds]


def _hidden(bars: Sequence[_Bar]) -> str:
    hidden = len(bars) - ROWS_MAX
    return f"{hidden:,} more have less: see the table." if hidden > 0 else ""

"""How long tools take: the middle call, and the slow ones."""

from collections.abc import Sequence

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.behaviour_rows import ToolUse
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup
from benchwire.analysis.report.plots.plot import COLOURS, Drawing, Plot, circle, group, line, mark
from benchwire.analysis.report.plots.row_frame import RowFrame
from benchwire.analysis.report.plots.scales import Scale, logarithmic

TOOLS_MAX = 15
_LANE_PX = 11.0
_LINES = "Dot: median. Thick line: to the 90th percentile. Thin: to the 99th."
_SECOND_MS = 1000


def latency_plot(report: Report) -> Plot | None:
    """The tools called most; None where no call is timed."""
    by_tool: dict[str, list[ToolUse]] = {}
    for use in sorted(report.tools, key=lambda use: (use.tool_name, use.policy_id)):
        if use.latency_ms_p50 is not None:
            by_tool.setdefault(use.tool_name, []).append(use)
    if not by_tool:
        return None
    n_calls = {name: sum(use.n_calls for use in uses) for name, uses in by_tool.items()}
    names = sorted(by_tool, key=lambda name: (-n_calls[name], name))
    shown = names[:TOOLS_MAX]
    policies = sorted({use.policy_id for name in shown for use in by_tool[name]})
    is_few = len(policies) <= COLOURS

    def draw(width: float) -> Drawing:
        frame = RowFrame(
            width=width,
            names=shown,
            ends=[f"{n_calls[name]:,} calls" for name in shown],
            row_px=_LANE_PX * len(policies) + 9 if is_few else 24,
        )
        timed = [use for name in shown for use in by_tool[name]]
        scale = logarithmic(_values(timed), frame.left, frame.right)
        marks = frame.frame(scale, _power, "latency, by powers of ten")
        for index, name in enumerate(shown):
            for lane, use in enumerate(by_tool[name]):
                y = frame.middle_of(index)
                if not is_few:
                    marks.append(_use(use, scale, y, "c0 see-through"))
                    continue
                y += _LANE_PX * (lane - (len(by_tool[name]) - 1) / 2)
                marks.append(_use(use, scale, y, f"c{policies.index(use.policy_id)}"))
        return Drawing(marks=group(marks), height=frame.height)

    hidden = len(names) - len(shown)
    return Plot(
        key="tools",
        title="Tool latency",
        describe=(
            f"Median, 90th and 99th percentile of how long {w.things(len(shown), 'tool')} took, by "
            f"policy. The most called is {shown[0]}."
        ),
        draw=draw,
        legend=_legend(policies) if is_few else [("s-dot c0", "one dot for each policy: median")],
        remark=(_LINES if is_few else "")
        + (f" {hidden:,} more tools are called less: see the table." if hidden else ""),
    )


def _power(ms: float) -> str:
    """A power of ten, in seconds at most: 100 s, where elsewhere it is 1.67 min."""
    return f"{w.number(ms)} ms" if ms < _SECOND_MS else f"{w.number(ms / _SECOND_MS)} s"


def _legend(policies: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"s-dot c{index}", policy) for index, policy in enumerate(policies)]


def _values(uses: Sequence[ToolUse]) -> list[float]:
    """What the scale has to hold; what took no time that a clock can see is put on its edge."""
    positive = [
        value
        for use in uses
        for value in (use.latency_ms_p50, use.latency_ms_p90, use.latency_ms_p99)
        if value
    ]
    return positive or [1.0]


def _use(use: ToolUse, scale: Scale, y: float, class_: str) -> Markup:
    p50, p90, p99 = use.latency_ms_p50 or 0, use.latency_ms_p90 or 0, use.latency_ms_p99 or 0
    said = (
        f"{use.tool_name}, {use.policy_id}: median {w.milliseconds(p50)}, 90 % within "
        f"{w.milliseconds(p90)}, 99 % within {w.milliseconds(p99)}, {use.n_timed:,} calls timed"
    )
    marks = [circle(scale.at(p50), y, 4, f"dot {class_}")]
    if class_.endswith("see-through"):
        return mark(group(marks), said)
    marks = [
        line(scale.at(p50), y, scale.at(p99), y, f"thin {class_}"),
        line(scale.at(p50), y, scale.at(p90), y, f"thick {class_}"),
        *marks,
    ]
    return mark(group(marks), said)

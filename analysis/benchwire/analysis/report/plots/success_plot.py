"""Success of every policy, with both of its intervals."""

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup, tag
from benchwire.analysis.report.plots.plot import Drawing, Plot, circle, group, line, mark
from benchwire.analysis.report.plots.row_frame import RowFrame
from benchwire.analysis.report.plots.scales import Scale
from benchwire.analysis.report.success_rows import PolicySuccess
from benchwire.analysis.report.success_sections import by_success


def success_plot(report: Report) -> Plot | None:
    """None where no trial is over."""
    policies = [policy for policy in by_success(report.success) if policy.n_counted]
    if not policies:
        return None

    def draw(width: float) -> Drawing:
        frame = RowFrame(
            width=width,
            names=[policy.policy_id for policy in policies],
            ends=[_end(policy) for policy in policies],
            row_px=26,
        )
        scale = Scale(low=0, high=1, start=frame.left, end=frame.right)
        marks = frame.frame(scale, lambda rate: f"{rate * 100:.0f} %", "share of trials resolved")
        for index, policy in enumerate(policies):
            marks += _policy(policy, scale, frame.middle_of(index))
        return Drawing(marks=group(marks), height=frame.height)

    best = policies[0]
    return Plot(
        key="success",
        title="Success by policy, with 95 % intervals",
        describe=(
            f"{w.things(len(policies), 'policy', 'policies')}, the most successful first. "
            f"{best.policy_id} resolved {best.n_resolved} of {best.n_graded} graded trials "
            f"({w.percent(best.success_rate_graded)}, interval {_wilson(best)})."
        ),
        draw=draw,
        legend=(
            ("s-dot c0", "graded trials, Wilson's interval"),
            ("s-square", "all trials, interval for other tasks like these"),
        ),
    )


def _policy(policy: PolicySuccess, scale: Scale, y: float) -> list[Markup]:
    found: list[Markup] = []
    rate, low, high = (
        policy.success_rate_graded,
        policy.success_rate_graded_low,
        policy.success_rate_graded_high,
    )
    above, below = y - 5, y + 6
    if rate is not None and low is not None and high is not None:
        said = (
            f"{policy.policy_id}: {policy.n_resolved} of {policy.n_graded} graded, "
            f"{w.percent(rate)}, 95 % interval {_wilson(policy)}"
        )
        bar = line(scale.at(low), above, scale.at(high), above, "bar c0")
        found.append(mark(group([bar, circle(scale.at(rate), above, 5, "dot c0")]), said))
    if policy.success_rate_all is not None:
        found.append(_clustered(policy, policy.success_rate_all, scale, below))
    return found


def _clustered(policy: PolicySuccess, rate: float, scale: Scale, y: float) -> Markup:
    x = scale.at(rate)
    parts: list[Markup] = []
    low, high = policy.success_rate_all_low, policy.success_rate_all_high
    if low is not None and high is not None:
        parts.append(line(scale.at(low), y, scale.at(high), y, "whisker"))
        parts += [
            line(scale.at(end), y - 3, scale.at(end), y + 3, "whisker") for end in (low, high)
        ]
    parts.append(tag("rect", x=x - 3, y=y - 3, width=6, height=6, class_="square"))
    interval = w.interval(low, high)
    said = (
        f"{policy.policy_id}: {policy.n_resolved} of all {policy.n_counted} trials, "
        f"{w.percent(rate)}, 95 % interval for other tasks {interval}"
    )
    return mark(group(parts), said)


def _wilson(policy: PolicySuccess) -> str:
    return w.interval(policy.success_rate_graded_low, policy.success_rate_graded_high)


def _end(policy: PolicySuccess) -> str:
    return f"{w.percent(policy.success_rate_graded)}  ({policy.n_resolved:,}/{policy.n_graded:,})"

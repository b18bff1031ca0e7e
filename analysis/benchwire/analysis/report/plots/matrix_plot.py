"""Every policy against every other one: by how much the column solves more than the row."""

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.comparison_rows import PolicyComparison
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup
from benchwire.analysis.report.plots.plot import Drawing, Plot, group, label, mark, rect
from benchwire.analysis.report.plots.text_size import squeezed, text_width
from benchwire.analysis.report.success_sections import by_success
from benchwire.analysis.shown_text import one_line

POLICIES_MAX = 20
SIGNIFICANT = 0.05
_NAME_PX = 230.0
_STEPS = ((0.4, 4), (0.2, 3), (0.1, 2), (0.02, 1))
"""From this difference on, this deep a colour."""


def matrix_plot(report: Report) -> Plot | None:
    """None for fewer than three policies, where the table says it all, and for too many."""
    pairs = {(pair.policy_a, pair.policy_b): pair for pair in report.comparisons if pair.n_pairs}
    compared = {name for pair in pairs for name in pair}
    names = [each.policy_id for each in by_success(report.success) if each.policy_id in compared]
    if not 3 <= len(names) <= POLICIES_MAX:  # noqa: PLR2004
        return None
    n_sure = sum(1 for pair in pairs.values() if _is_sure(pair))

    def draw(width: float) -> Drawing:
        return _draw(names, pairs, width)

    return Plot(
        key="comparisons",
        title="Row against column",
        describe=(
            f"By how many percentage points each of {len(names)} policies (columns) solves more "
            f"than each other one (rows), on matched trials. {n_sure} of {len(pairs)} differences "
            "are significant after Holm's correction."
        ),
        draw=draw,
        legend=(
            ("s-box more4", "the column solves more"),
            ("s-box less4", "the row solves more"),
            ("s-box framed", "Holm p below 0.05"),
        ),
        remark="Numbers are percentage points; columns carry the numbers of the rows.",
    )


def _draw(
    names: list[str], pairs: dict[tuple[str, str], PolicyComparison], width: float
) -> Drawing:
    numbered = [f"{number}  {one_line(name)}" for number, name in enumerate(names, 1)]
    widest = max(text_width(name) for name in numbered)
    left = min(widest, _NAME_PX if width > 500 else width * 0.4) + 12  # noqa: PLR2004
    cell = min(46.0, (width - left - 2) / len(names))
    height = min(cell, 28.0)
    is_written = cell >= 28  # noqa: PLR2004 - else a number does not fit
    marks: list[Markup] = []
    for column in range(len(names)):
        x = left + (column + 0.5) * cell
        marks.append(label(x, 14, str(column + 1), anchor="middle", class_="tick"))
    for row, name in enumerate(names):
        y = 22 + row * height
        full = one_line(name)
        short = f"{row + 1}  {squeezed(full, left - 12 - text_width(f'{row + 1}  '))}"
        marks.append(label(0, y + height / 2 + 4, short, class_="name", full=full))
        for column, other in enumerate(names):
            if row != column:
                x = left + column * cell
                marks.append(_cell(name, other, pairs, (x, y, cell, height), is_written=is_written))
    return Drawing(marks=group(marks), height=22 + len(names) * height + 6)


def _cell(
    name: str,
    other: str,
    pairs: dict[tuple[str, str], PolicyComparison],
    box: tuple[float, float, float, float],
    *,
    is_written: bool,
) -> Markup:
    x, y, width, height = box
    pair = pairs.get((name, other)) or pairs.get((other, name))
    if pair is None or pair.difference is None:
        return mark(rect(x + 1, y + 1, width - 2, height - 2, "cell none"), "no trials match")
    gain = pair.difference if pair.policy_b == other else -pair.difference
    depth = next((depth for least, depth in _STEPS if abs(gain) >= least), 0)
    colour = "none" if not depth else f"{'more' if gain > 0 else 'less'}{depth}"
    framed = " framed" if _is_sure(pair) else ""
    parts = [rect(x + 1, y + 1, width - 2, height - 2, f"cell {colour}{framed}")]
    if is_written:
        text = f"{gain * 100:+.0f}".replace("+0", "0").replace("-0", "0")
        where = (x + width / 2, y + height / 2 + 4)
        parts.append(label(*where, text, class_="value"))
    said = (
        f"{other} against {name}: {w.points(gain)} points on {pair.n_pairs} pairs, "
        f"Holm p {w.p_value(pair.holm_p_value)}"
    )
    return mark(group(parts), said)


def _is_sure(pair: PolicyComparison) -> bool:
    return pair.holm_p_value is not None and pair.holm_p_value < SIGNIFICANT

"""Who solves what: a grid of tasks and policies, shaded by the share of trials resolved."""

from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup
from benchwire.analysis.report.plots.plot import Drawing, Plot, group, label, mark, rect
from benchwire.analysis.report.plots.text_size import squeezed, text_width
from benchwire.analysis.report.success_sections import by_success
from benchwire.analysis.report.task_section import TaskGrid, task_grid, telling_tasks
from benchwire.analysis.shown_text import one_line

_NAME_PX: Final = 260.0
_ROW_PX: Final = 18.0


def task_plot(report: Report) -> Plot | None:
    """The tasks that tell policies apart most; None for a single policy or task."""
    grid = task_grid(report.tasks)
    policies = [each.policy_id for each in by_success(report.success) if each.n_counted]
    if len(grid) < 2 or len(policies) < 2:  # noqa: PLR2004
        return None
    shown = telling_tasks(grid)
    hidden = len(grid) - len(shown)
    return Plot(
        key="tasks",
        title="Tasks by policy",
        describe=(
            f"Share of trials resolved, for {w.things(len(shown), 'task')} (rows, from those that "
            f"are solved most to those that are least) and {len(policies)} policies (columns)."
        ),
        draw=lambda width: _draw(grid, shown, policies, width),
        legend=(
            ("s-box share4", "all trials resolved"),
            ("s-box share2", "some"),
            ("s-box share0", "none"),
            ("s-box none", "not tried"),
        ),
        remark="Columns, from left to right: "
        + ", ".join(f"{number} {one_line(name)}" for number, name in enumerate(policies, 1))
        + "."
        + (f" {hidden:,} tasks on which the policies differ less are not shown." if hidden else ""),
    )


def _draw(grid: TaskGrid, shown: list[str], policies: list[str], width: float) -> Drawing:
    widest = max(text_width(one_line(task)) for task in shown)
    left = min(widest, _NAME_PX if width > 500 else width * 0.42) + 12  # noqa: PLR2004
    cell = min(44.0, (width - left - 2) / len(policies))
    marks: list[Markup] = []
    every = 1 if cell >= 16 else 5  # noqa: PLR2004
    for column in range(len(policies)):
        if column % every == 0:
            x = left + (column + 0.5) * cell
            marks.append(label(x, 13, str(column + 1), anchor="middle", class_="tick"))
    for row, task in enumerate(shown):
        y = 20 + row * _ROW_PX
        full = one_line(task)
        marks.append(label(0, y + 13, squeezed(full, left - 12), class_="name", full=full))
        for column, policy in enumerate(policies):
            found = grid[task].get(policy)
            x = left + column * cell
            class_, said, written = "none", "not tried", ""
            if found is not None:
                share = found.n_resolved / found.n_counted
                class_ = f"share{_depth(share)}"
                said = f"{found.n_resolved} of {found.n_counted}"
                written = f"{found.n_resolved}/{found.n_counted}"
            shape = rect(x + 0.5, y + 0.5, cell - 1, _ROW_PX - 1, f"cell {class_}")
            parts = [shape]
            if written and text_width(written, 10) < cell - 4:
                middle = x + cell / 2
                parts.append(label(middle, y + 12.5, written, class_="value small"))
            marks.append(mark(group(parts), f"{task}, {policy}: {said}"))
    return Drawing(marks=group(marks), height=20 + len(shown) * _ROW_PX + 4)


def _depth(share: float) -> int:
    """0 and 4 are none and all, and nothing else."""
    if share in {0.0, 1.0}:
        return int(share) * 4
    return min(3, max(1, round(share * 4)))

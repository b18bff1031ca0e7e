"""The section about tasks: who solves what, and what is flaky."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.scope import listed
from benchwire.analysis.report.section import Section, Table
from benchwire.analysis.report.success_rows import TaskSuccess
from benchwire.analysis.report.success_sections import by_success

TASKS_MAX: Final = 60
POLICIES_IN_GRID_MAX: Final = 8
TaskGrid = dict[str, dict[str, TaskSuccess]]
"""By task, then by policy."""


def task_section(report: Report) -> Section:
    """Who solves what: tasks that tell policies apart first."""
    grid = task_grid(report.tasks)
    policies = [policy.policy_id for policy in by_success(report.success)]
    n_solvers = {task: _solvers(cells) for task, cells in grid.items()}
    everyone = sum(1 for task, cells in grid.items() if n_solvers[task] == len(cells))
    nobody = sum(1 for n in n_solvers.values() if not n)
    some = len(grid) - everyone - nobody
    tables = [_task_table(grid, policies)] if grid else []
    if report.flaky_tasks:
        tables.append(_flaky_table(report))
    return Section(
        key="tasks",
        title="Tasks",
        about=(
            f"Of {w.things(len(grid), 'task')}, {everyone:,} "
            f"{'is' if everyone == 1 else 'are'} solved at least once by every policy that tried, "
            f"{nobody:,} by none, and {some:,} by some. Flaky: solved at one time and not at "
            "another, by one policy under one configuration."
        ),
        tables=tables,
        empty="No task has a trial that is over.",
    )


def task_grid(tasks: Iterable[TaskSuccess]) -> TaskGrid:
    """By task, who tried it; trials that are not over or excluded are no try."""
    grid: TaskGrid = {}
    for task in tasks:
        if task.n_counted:
            grid.setdefault(task.task_id, {})[task.policy_id] = task
    return grid


def telling_tasks(grid: TaskGrid) -> list[str]:
    """The tasks on which policies differ most, from the easiest to the hardest."""
    telling = sorted(grid, key=lambda task: (-_variance(grid[task]), task))[:TASKS_MAX]
    return sorted(telling, key=lambda task: (-_mean(grid[task]), task))


def _mean(cells: Mapping[str, TaskSuccess]) -> float:
    return sum(cell.n_resolved / cell.n_counted for cell in cells.values()) / len(cells)


def _variance(cells: Mapping[str, TaskSuccess]) -> float:
    mean = _mean(cells)
    return sum((cell.n_resolved / cell.n_counted - mean) ** 2 for cell in cells.values())


def _solvers(cells: Mapping[str, TaskSuccess]) -> int:
    return sum(1 for cell in cells.values() if cell.n_resolved)


def _task_table(grid: TaskGrid, policies: Sequence[str]) -> Table:
    shown = telling_tasks(grid)
    hidden = len(grid) - len(shown)
    remark = (
        f"{hidden:,} more tasks, on which the policies differ less: --json has all."
        if hidden
        else ""
    )
    if len(policies) > POLICIES_IN_GRID_MAX:
        return Table(
            key="tasks",
            title="Tasks, the easiest first",
            columns=("task", "solved by", "of policies", "resolved / trials", "the fewer"),
            rows=[_summed_task(task, grid[task]) for task in shown],
            remark=remark,
        )
    return Table(
        key="tasks",
        title="Tasks, the easiest first: resolved / trials",
        columns=("task", *policies),
        rows=[(task, *(_cell(grid[task].get(policy)) for policy in policies)) for task in shown],
        remark=remark,
    )


def _summed_task(task: str, cells: Mapping[str, TaskSuccess]) -> Sequence[str]:
    solved = sorted(policy for policy, cell in cells.items() if cell.n_resolved)
    failed = sorted(policy for policy, cell in cells.items() if not cell.n_resolved)
    fewer = f"only {listed(solved)}" if len(solved) <= len(failed) else f"not {listed(failed)}"
    n_resolved = sum(cell.n_resolved for cell in cells.values())
    n_counted = sum(cell.n_counted for cell in cells.values())
    return (
        task,
        w.count(len(solved)),
        w.count(len(cells)),
        f"{n_resolved:,} / {n_counted:,}",
        fewer,
    )


def _cell(cell: TaskSuccess | None) -> str:
    return w.UNKNOWN if cell is None else f"{cell.n_resolved:,} / {cell.n_counted:,}"


def _flaky_table(report: Report) -> Table:
    hidden = len(report.flaky_tasks) - TASKS_MAX
    return Table(
        key="flaky_tasks",
        title="Flaky tasks",
        names=2,
        columns=("policy", "task", "resolved / graded", "graded", "same setup"),
        rows=[
            (
                flaky.policy_id,
                flaky.task_id,
                f"{flaky.n_resolved:,} / {flaky.n_graded:,}",
                w.percent(flaky.success_rate_graded),
                "known" if flaky.is_setup_known else "not recorded",
            )
            for flaky in report.flaky_tasks[:TASKS_MAX]
        ],
        remark=f"{hidden:,} more are less so: --json has all." if hidden > 0 else "",
    )

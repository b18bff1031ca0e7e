"""Shows the demo while it runs: a live grid on a terminal, one line per run elsewhere."""

import contextlib
from collections.abc import Callable, Generator

from rich.live import Live
from rich.table import Table

from benchwire.cli import output
from benchwire.cli.demo_process import FinishedRun

OnFinished = Callable[[FinishedRun], None]
MARKS = {"resolved": "[green]✔[/]", "unresolved": "[red]✘[/]"}
OPEN = "[dim]·[/]"


@contextlib.contextmanager
def progress(trials: int) -> Generator[OnFinished]:
    """Yield what is to be called with every finished run."""
    console = output.messages()
    if not console.is_terminal:
        yield lambda run: console.print(_line(run), soft_wrap=True, markup=False)
        return
    grid = Grid(trials)
    with Live(grid.table(), console=console, refresh_per_second=10) as live:

        def show(run: FinishedRun) -> None:
            grid.add(run)
            live.update(grid.table())

        yield show


class Grid:
    """Policies by tasks; every cell has a mark per trial."""

    def __init__(self, trials: int) -> None:
        self._trials = trials
        self._runs: dict[tuple[str, str], dict[int, FinishedRun]] = {}
        self._tasks: list[str] = []
        self._policies: list[str] = []

    def add(self, run: FinishedRun) -> None:
        """Take up a finished run."""
        if run.task_id not in self._tasks:
            self._tasks.append(run.task_id)
        if run.policy_id not in self._policies:
            self._policies.append(run.policy_id)
        self._runs.setdefault((run.policy_id, run.task_id), {})[run.trial_no] = run

    def table(self) -> Table:
        """The grid as it stands."""
        shown = Table(header_style="bold")
        shown.add_column("policy")
        for task in self._tasks:
            shown.add_column(task, justify="center")
        shown.add_column("turns", justify="right")
        shown.add_column("tokens", justify="right")
        for policy in self._policies:
            runs = [
                run for key, cell in self._runs.items() if key[0] == policy for run in cell.values()
            ]
            shown.add_row(
                policy,
                *(self._cell(policy, task) for task in self._tasks),
                str(sum(run.turns for run in runs)),
                str(sum(run.tokens for run in runs)),
            )
        return shown

    def _cell(self, policy: str, task: str) -> str:
        runs = self._runs.get((policy, task), {})
        trials = range(1, self._trials + 1)
        return " ".join(MARKS.get(runs[n].outcome, "?") if n in runs else OPEN for n in trials)


def _line(run: FinishedRun) -> str:
    return (
        f"{run.policy_id:<17} {run.task_id:<16} trial {run.trial_no}  {run.outcome:<11} "
        f"{run.tests_passed} of {run.tests_passed + run.tests_failed} tests  "
        f"{run.turns:>2} turns  {run.tokens:>6} tokens  {run.seconds:4.1f} s"
    )

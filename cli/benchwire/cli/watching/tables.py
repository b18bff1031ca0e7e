"""The tables of the watch screen: policies, running trials, failures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.text import Text

from benchwire.analysis.live.lines import FailureLine, PolicyLine, RunLine
from benchwire.cli.cells import cut, run_path, squeezed
from benchwire.cli.run_figures import aiu, clock_time, count
from benchwire.cli.safe_text import one_line
from benchwire.cli.watching.columns import Column, Columns

FAILURE_NAME_SHARE: Final = 0.4
POLICY_CELLS_MIN: Final = 18
RUN_CELLS_MIN: Final = 28
SHORT_ID: Final = 6
LOST_MAX: Final = 999
US_PER_SECOND: Final = 1_000_000


def _rate(line: PolicyLine) -> str:
    rate, low, high = (
        line.success_rate_graded,
        line.success_rate_graded_low,
        line.success_rate_graded_high,
    )
    if rate is None or low is None or high is None:
        return "-"
    return f"{rate:.2f} [{low:.2f}, {high:.2f}]"


def _silence(run: RunLine) -> str:
    ago = clock_time(run.last_event_age_seconds)
    return f"{ago} stalled" if run.state == "stalled" else ago


def _lost(run: RunLine) -> str:
    n_lost = run.n_declared_lost
    return str(n_lost or "-") if n_lost <= LOST_MAX else f"{LOST_MAX}+"


_POLICY_COLUMNS: Final[tuple[Column[PolicyLine], ...]] = (
    Column("done", 9, lambda line: f"{line.n_trials_done}/{line.n_trials_expected}", 2),
    Column("run", 4, lambda line: str(line.n_running or "-"), 3),
    Column("solved", 7, lambda line: f"{line.n_resolved}/{line.n_graded}", 1),
    Column("rate [95 %]", 17, _rate, 0),
    Column("err", 4, lambda line: str(line.n_errored or "-"), 5),
    Column("AIU", 9, lambda line: aiu(line.nano_aiu), 4),
    Column("tokens", 7, lambda line: count(line.total_tokens), 6),
    Column("excl", 4, lambda line: str(line.n_excluded or "-"), 7),
    Column("lost", 5, lambda line: count(line.n_declared_lost) if line.n_declared_lost else "-", 8),
)
_LOST: Final[Column[RunLine]] = Column("lost", 4, _lost, 0)
"""Stands there only where some run has lost events, and then as long as any column does."""
_RUN_COLUMNS: Final[tuple[Column[RunLine], ...]] = (
    Column("step", 4, lambda run: str(run.steps), 1),
    Column("tool", 10, lambda run: one_line(run.last_tool or "-"), 3, is_left=True),
    Column("tokens", 7, lambda run: count(run.total_tokens), 2),
    Column("AIU", 8, lambda run: aiu(run.nano_aiu), 4),
    Column("last", 13, _silence, 0),
    Column("age", 8, lambda run: clock_time(run.age_seconds), 6),
    Column("model", 18, lambda run: one_line(run.model or "-"), 7, is_left=True),
)


def policy_columns(policies: Sequence[PolicyLine], width: int) -> Columns[PolicyLine]:
    """The table of policies; experiments are named where there are several."""
    is_one = len({line.experiment_id for line in policies}) <= 1

    def name(line: PolicyLine, cells: int) -> str:
        policy = one_line(line.policy_id)
        if is_one:
            return squeezed(policy, cells)
        return squeezed(f"{one_line(line.experiment_id)}/{policy}", cells)

    return Columns(name, _POLICY_COLUMNS, width, POLICY_CELLS_MIN)


def run_columns(runs: Sequence[RunLine], width: int) -> Columns[RunLine]:
    """The table of running trials; what was lost has a column where anything was."""
    has_lost = any(run.n_declared_lost for run in runs)
    columns = (_LOST, *_RUN_COLUMNS) if has_lost else _RUN_COLUMNS

    def name(run: RunLine, cells: int) -> str:
        mark = "!" if run.state == "stalled" else " "
        return mark + run_name(run, cells - 1)

    return Columns(name, columns, width, RUN_CELLS_MIN)


def run_name(run: RunLine | FailureLine, cells: int) -> str:
    """A run by its trial, else by the end of its id."""
    attempt = getattr(run, "attempt", 1)
    last = f"~{run.run_id[-SHORT_ID:]}" if run.trial_no is None else str(run.trial_no)
    return run_path(
        run.policy_id, run.task_id, last + (f"#{attempt}" if attempt > 1 else ""), cells
    )


def failure_row(failure: FailureLine, width: int) -> Text:
    """When, who, what: in one line."""
    name = run_name(failure, max(12, int(width * FAILURE_NAME_SHARE)))
    at = datetime.fromtimestamp(failure.received_us / US_PER_SECOND, UTC)
    kind = lost(failure.n_declared_lost) if failure.n_declared_lost else failure.kind
    what = f"{kind}: {failure.message}" if failure.message else kind
    line = Text()
    line.append(f"{at:%H:%M:%S} ", "dim")
    line.append(f"{name} ")
    line.append(one_line(what), "red" if failure.is_end else "yellow")
    line.truncate(width, overflow="ellipsis")
    return line


def lost(n_events: int) -> str:
    """Say how many events were lost."""
    return f"{n_events:,} event{'s' if n_events > 1 else ''} lost"


def run_style(run: RunLine, *, is_selected: bool) -> str:
    """How a run's row looks; what it says does not depend on it."""
    styles = ["yellow"] if run.n_declared_lost else []
    if run.state == "stalled":
        styles = ["bold red"]
    return " ".join([*styles, "reverse"] if is_selected else styles)


def plain(text: str, width: int, style: str = "") -> Text:
    """One line of text that is harmless and fits."""
    return Text(shortened(text, width), style)


def shortened(text: str, width: int) -> str:
    """A text that is harmless and fits."""
    return cut(one_line(text), width)

"""Shows a job while it runs: a live table on a terminal, lines elsewhere, JSON for machines."""

import contextlib
import json
import sys
import threading
from collections.abc import Generator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from benchwire.cli import output
from benchwire.cli.run_figures import aiu, clock_time, count, share
from benchwire.producer.runner.job_events import (
    JobEvent,
    JobFinished,
    JobStarted,
    JobStopping,
    Observer,
    TrialFinished,
    TrialProgress,
    TrialStarted,
)
from benchwire.producer.runner.job_records import record_of
from benchwire.producer.runner.launch import Launch
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.progress import JobProgress, Tally

REFRESH_PER_SECOND = 4
RUNNING_SHOWN_MAX = 8
FAILURES_SHOWN_MAX = 3
NAME_COLUMNS_MAX = 18


@contextlib.contextmanager
def job_view(launch: Launch, *, as_json: bool) -> Generator[Observer]:
    """Yield what is to be called with every event of the job."""
    console = output.messages()
    if as_json:
        yield _print_json
    elif console.is_terminal:
        view = LiveView(launch)
        with Live(
            get_renderable=view.render,
            console=console,
            refresh_per_second=REFRESH_PER_SECOND,
        ):
            yield view.see
    else:
        lines = Lines(launch, console)
        yield lines.see


def _print_json(event: JobEvent) -> None:
    sys.stdout.write(json.dumps(record_of(event), ensure_ascii=False) + "\n")
    sys.stdout.flush()


class Lines:
    """One line for each attempt that ends, and for what concerns the whole job."""

    def __init__(self, launch: Launch, console: Console) -> None:
        self.progress = JobProgress(launch.trials)
        self._console = console

    def see(self, event: JobEvent) -> None:
        """Take up an event, and say it."""
        self.progress.see(event)
        text = self._line(event)
        if text:
            self._console.print(text, soft_wrap=True, markup=False)

    def _line(self, event: JobEvent) -> str:
        total = self.progress.total
        match event:
            case JobStarted():
                done = f", {len(event.done)} of them done before" if event.done else ""
                return f"job {event.job_id}: {event.trials} trials{done}"
            case TrialFinished():
                result = event.result
                again = "; tried again" if event.tried_again else ""
                error = f": {result.error}" if result.error else ""
                attempt = f" attempt {result.attempt}" if result.attempt > 1 else ""
                return (
                    f"[{total.done}/{total.trials}] {event.trial.name}{attempt}  "
                    f"{result.outcome}, {result.status}{error}{again}  "
                    f"{clock_time(result.seconds)}  {count(result.tokens)} tokens  "
                    f"{aiu(result.nano_aiu)} AIU"
                )
            case JobStopping():
                return f"stopping: {event.reason}"
            case JobFinished():
                lost = f"\n{losses(self.progress)}" if event.events_lost else ""
                return (
                    f"{event.final} of {event.trials} trials done after "
                    f"{clock_time(event.seconds)}; success {share(total.interval)}{lost}"
                )
            case TrialStarted() | TrialProgress():
                return ""


class LiveView:
    """The job as it stands, at most 80 columns wide where the terminal is."""

    def __init__(self, launch: Launch) -> None:
        self.progress = JobProgress(launch.trials)
        self._title = f"{launch.experiment_id}  job {launch.job_id}"
        self._lock = threading.Lock()

    def see(self, event: JobEvent) -> None:
        """Take up an event; it is shown at the next refresh."""
        with self._lock:
            self.progress.see(event)

    def render(self) -> RenderableType:
        """Policies, running trials, and how long it may take. For the thread that draws."""
        with self._lock:
            return self._render()

    def _render(self) -> RenderableType:
        progress = self.progress
        parts: list[RenderableType] = [
            Text(self._title, style="bold", no_wrap=True, overflow="ellipsis"),
            self._policies(),
        ]
        if progress.running:
            parts.append(self._running())
        for failure, times in progress.failures.most_common(FAILURES_SHOWN_MAX):
            line = f"{times}x {' '.join(failure.split())}"
            parts.append(Text(line, style="red", no_wrap=True, overflow="ellipsis"))
        if progress.first_loss is not None:
            parts.append(Text(losses(progress), style="yellow", overflow="fold"))
        parts.append(Text(self._foot(), style="dim", no_wrap=True, overflow="ellipsis"))
        return Group(*parts)

    def _policies(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("policy", no_wrap=True, overflow="ellipsis", max_width=22)
        for name in ("done", "run", "fail", "success (95 %)", "AIU", "tokens"):
            table.add_column(name, justify="right", no_wrap=True)
        rows = list(self.progress.policies.items())
        for policy_id, tally in rows:
            table.add_row(policy_id, *_cells(tally, tally.nano_aiu, tally.tokens))
        if len(rows) > 1:
            tokens, nano_aiu = self.progress.spent()
            table.add_row("all", *_cells(self.progress.total, nano_aiu, tokens), style="bold")
        return table

    def _running(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for _ in range(4):
            table.add_column(justify="right", no_wrap=True)
        shown = list(self.progress.running.values())
        now = self.progress.clock()
        for running in shown[:RUNNING_SHOWN_MAX]:
            meter = running.meter
            attempt = f" attempt {running.attempt}" if running.attempt > 1 else ""
            table.add_row(
                f"▸ {_short_name(running.trial)}{attempt}",
                meter.phase if meter else "starting",
                f"{count(meter.steps)} steps" if meter else "",
                f"{count(meter.tokens)} tokens" if meter else "",
                clock_time(now - running.began),
            )
        if len(shown) > RUNNING_SHOWN_MAX:
            table.add_row(f"  and {len(shown) - RUNNING_SHOWN_MAX} more")
        return table

    def _foot(self) -> str:
        progress = self.progress
        if progress.stopping is not None:
            return f"stopping: {progress.stopping}"
        left = progress.seconds_left
        expected = f"about {clock_time(left)} left" if left is not None else "time left unknown"
        return f"{clock_time(progress.seconds)} so far, {expected}; Ctrl-C stops"


def losses(progress: JobProgress) -> str:
    """Say how many events could not be recorded, and what was wrong with the first."""
    n = progress.events_lost
    return f"{n} event{'s' if n != 1 else ''} not recorded; first: {progress.first_loss}"


def _short_name(trial: PlannedTrial) -> str:
    """The trial's name, of whose long parts only the beginning and the end are shown."""
    policy, task = (_elided(part) for part in (trial.policy_id, trial.task_id))
    return f"{policy}/{task}/{trial.trial_no:03d}"


def _elided(text: str) -> str:
    if len(text) <= NAME_COLUMNS_MAX:
        return text
    half = (NAME_COLUMNS_MAX - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def _cells(tally: Tally, nano_aiu: int | None, tokens: int | None) -> list[str]:
    return [
        f"{tally.done}/{tally.trials}",
        str(tally.running),
        str(tally.failed),
        share(tally.interval),
        aiu(nano_aiu),
        count(tokens),
    ]

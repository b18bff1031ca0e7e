"""Runs a job for `benchwire run`: engines, signals, delivery, and what is said at the end."""

import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from benchwire.cli import output
from benchwire.cli.application import FAILED, INTERRUPTED, OK, TERMINATED
from benchwire.cli.delivery import destination, flush
from benchwire.cli.run_answers import End, Telemetry, show_end
from benchwire.cli.run_progress import job_view
from benchwire.embedded.stack import Stack
from benchwire.producer.producer import Producer
from benchwire.producer.runner.execution import JobRunner
from benchwire.producer.runner.job_directory import history_of
from benchwire.producer.runner.launch import Launch, run_job
from benchwire.producer.settings import ProducerSettings

NOW_SECONDS = 2.0
"""How long somebody who pressed Ctrl-C twice is made to wait for delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where events go, and how long is waited for it."""

    journal_only: bool
    timeout_seconds: float


@dataclass(slots=True)
class Interrupts:
    """What signals have asked of a job."""

    runner: JobRunner | None = None
    count: int = 0
    exit_code: int = INTERRUPTED

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Ask the job to stop; its own thread does the rest."""
        terminated = number == signal.SIGTERM
        self.count += 1
        self.exit_code = TERMINATED if terminated else INTERRUPTED
        if self.runner is None:
            raise KeyboardInterrupt
        self.runner.request_stop("interrupt", "terminated" if terminated else "Ctrl-C")


def start_job(file: Path, launch: Launch, delivery: Delivery, *, as_json: bool) -> int:
    """Run the job, deliver its events, print what came of it; return the exit code."""
    try:
        return _run_and_show(file, launch, delivery, as_json=as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing at exit, either
        output.error(
            f"nobody reads the output any more: the job {launch.job_id} ended with it",
            f"what is left is run by: benchwire run {shlex.quote(str(file))} "
            f"--job {shlex.quote(launch.job_id)}",
        )
        return FAILED


def _run_and_show(file: Path, launch: Launch, delivery: Delivery, *, as_json: bool) -> int:
    with ExitStack() as opened:
        stack: Stack | None = None
        settings = ProducerSettings()
        if not delivery.journal_only:
            settings, stack = opened.enter_context(destination())
        # Left by an exception, the producer ends its emitters as recovery would.
        with Producer(settings, job_id=launch.job_id) as producer:
            with interruptible() as interrupts, job_view(launch, as_json=as_json) as observer:
                finished = run_job(
                    launch,
                    producer,
                    observer,
                    started=lambda runner: setattr(interrupts, "runner", runner),
                )
            telemetry = _deliver(producer, stack, delivery, hurry=interrupts.count > 1)
            left = producer.close(0.0)
            if telemetry == "journal" and left == 0:
                telemetry = "stream"  # Engines that ran anyway took them.
        show_end(End(file, launch, finished, telemetry, left), stack, as_json=as_json)
    if interrupts.count:
        return interrupts.exit_code
    delivered = delivery.journal_only or telemetry != "journal"
    return OK if finished.final == finished.trials and delivered else FAILED


@contextlib.contextmanager
def interruptible() -> Generator[Interrupts]:
    """While the block runs, Ctrl-C and SIGTERM ask the job to stop instead of raising."""
    interrupts = Interrupts()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, interrupts.handle)
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def show_plan(launch: Launch, data_dir: Path, *, as_json: bool) -> None:
    """Print the trials in the order they would be run, and which need no run any more."""
    history = history_of(data_dir, launch.job_id)
    rows = [
        {
            "policy_id": trial.policy_id,
            "task_id": trial.task_id,
            "trial_no": trial.trial_no,
            "seed": trial.seed,
            "adapter": trial.variant.adapter,
            "attempts": history.of(trial.key).attempts,
            "done": history.of(trial.key).final is not None,
        }
        for trial in launch.trials
    ]
    if as_json:
        output.as_json(rows)
        return
    output.table(tuple(rows[0]), [tuple(row.values()) for row in rows])
    left = sum(not row["done"] for row in rows)
    output.note(f"{left} of {len(rows)} trials to run, {launch.concurrency} at a time")


def _deliver(
    producer: Producer, stack: Stack | None, delivery: Delivery, *, hurry: bool
) -> Telemetry:
    """Wait for the stream and the store, for a bounded time; tell how far everything is."""
    if delivery.journal_only:
        return "journal"
    seconds = NOW_SECONDS if hurry else delivery.timeout_seconds
    if not flush(producer, stack, seconds):
        return "journal"
    return "stored" if stack is not None and stack.wait_stored(seconds) else "stream"

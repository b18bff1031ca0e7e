"""Remembers on disk which trials of a job have been tried, so that a killed job can go on.

``<data_dir>/jobs/<job>/`` holds a copy of the experiment without secrets and ``ledger.ndjson``.
A line is on the disk, synced, before what it announces happens: after ``kill -9`` no attempt
number is given twice. One process at a time may run a job.
"""

import errno
import fcntl
import json
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchwire.producer.runner.history import (
    CancelledBy,
    FinishedAttempt,
    JobHistory,
    read_history,
)
from benchwire.producer.runner.job_directory import EXPERIMENT, LEDGER, job_dir
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.trial import TrialReport
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.timestamps import wire_timestamp


class JobBusy(BenchwireError):  # noqa: N818 - a fact about the job
    """Another process runs the job."""


class JobDiffers(BenchwireError):  # noqa: N818 - a fact about the job
    """The job was started with another experiment."""


class Ledger:
    """The memory of one job, held by the process that runs it. Thread-safe."""

    def __init__(self, directory: Path, descriptor: int, history: JobHistory) -> None:
        self.directory = directory
        self.history = history
        """What was there when it was opened, and since."""
        self._descriptor: int | None = descriptor
        self._lock = threading.Lock()

    def launched(self, *, concurrency: int, trials: int) -> None:
        """A process begins to work on the job."""
        self._append("launched", {"pid": os.getpid(), "concurrency": concurrency, "trials": trials})

    def started(self, trial: PlannedTrial, run_id: str) -> int:
        """An attempt is about to begin; returns its number."""
        with self._lock:
            attempt = self.history.of(trial.key).attempts + 1
            self._write("started", {**_trial(trial), "attempt": attempt, "run_id": run_id})
            return attempt

    def finished(
        self,
        trial: PlannedTrial,
        attempt: int,
        report: TrialReport,
        cancelled_by: CancelledBy | None,
    ) -> FinishedAttempt:
        """An attempt has ended; its events are in the journal."""
        finished = FinishedAttempt(
            run_id=report.run_id,
            attempt=attempt,
            status=report.status,
            outcome=report.outcome,
            tokens=report.meter.tokens,
            nano_aiu=report.meter.nano_aiu,
            seconds=round(report.seconds, 3),
            cancelled_by=cancelled_by if report.status == "cancelled" else None,
            error=report.error,
            events_lost=report.meter.events_lost,
            first_loss=report.meter.first_loss,
        )
        facts = {name: getattr(finished, name) for name in FinishedAttempt.__slots__}
        self._append("finished", {**_trial(trial), **facts})
        return finished

    def obeyed(self, command_id: str) -> None:
        """A command took effect; it will not again, when the job is resumed."""
        self._append("command", {"command_id": command_id})

    def close(self) -> None:
        """Let go of the job. What a thread left behind still writes, is not written."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    def _append(self, record: str, facts: dict[str, Any]) -> None:
        with self._lock:
            self._write(record, facts)

    def _write(self, record: str, facts: dict[str, Any]) -> None:
        if self._descriptor is None:
            raise OSError(errno.EBADF, "the ledger is closed")
        document = {"record": record, "at": wire_timestamp(), **facts}
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
        os.write(self._descriptor, line.encode(errors="replace"))
        os.fsync(self._descriptor)
        self.history.take_up(document)


@contextmanager
def open_ledger(
    data_dir: Path, job_id: str, experiment_id: str, experiment: dict[str, Any]
) -> Generator[Ledger]:
    """Open the ledger of a job for this process alone; ``experiment`` is the redacted copy.

    Raises:
        JobBusy: Another process runs the job.
        JobDiffers: The job was started with other tasks, policies or seeds.
        LedgerDamaged: The ledger cannot be read.
    """
    directory = job_dir(data_dir, job_id)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / LEDGER
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        history = _take_over(directory, descriptor, job_id, experiment)
        document = {"job_id": job_id, "experiment_id": experiment_id, "experiment": experiment}
        _write_atomically(directory / EXPERIMENT, document)
    except BaseException:
        os.close(descriptor)
        raise
    ledger = Ledger(directory, descriptor, history)
    try:
        yield ledger
    finally:
        ledger.close()


_MAY_CHANGE: Final = frozenset(
    {"description", "trials", "concurrency", "timeouts", "budgets", "retries"}
)
"""What a resumed job may do differently."""


def _take_over(
    directory: Path, descriptor: int, job_id: str, experiment: dict[str, Any]
) -> JobHistory:
    """Lock the ledger, make sure it is this experiment's, and read it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise JobBusy(
            f"another process runs the job {job_id}",
            hint=f"wait for it, or stop it: benchwire stop {job_id}",
        ) from None
    _check_same(directory, job_id, experiment)
    history, length = read_history(directory / LEDGER)
    os.ftruncate(descriptor, length)  # A line that was being written when the process died.
    return history


def _check_same(directory: Path, job_id: str, experiment: dict[str, Any]) -> None:
    try:
        before = json.loads((directory / EXPERIMENT).read_bytes())["experiment"]
    except FileNotFoundError:
        return
    differing = sorted(
        name
        for name in {*before, *experiment} - _MAY_CHANGE
        if before.get(name) != experiment.get(name)
    )
    if differing:
        raise JobDiffers(
            f"the job {job_id} was started with another experiment: {', '.join(differing)} differ",
            hint=f"see {directory / EXPERIMENT}; or start a new job (without --job)",
        )


def _write_atomically(path: Path, document: dict[str, Any]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)


def _trial(trial: PlannedTrial) -> dict[str, Any]:
    return {"policy_id": trial.policy_id, "task_id": trial.task_id, "trial_no": trial.trial_no}

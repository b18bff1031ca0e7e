"""Runs a job: its trials in the plan's order, several at a time, until all are final or it stops.

What happens on

- an attempt that ends with ``harness_error``: the same trial is tried again as the next attempt,
  after a growing wait, as often as the experiment allows.
- a budget that is used up: a run's own cancels that run; the job's cancels all, and stops.
- ``stop`` (a command, Ctrl-C): running trials are cancelled and end with ``run_stop``; no other
  starts. Said twice, or ``at_once``: their agents are killed without a grace period.
- kill -9: the ledger knows what was started and what had ended; running the job again goes on.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from benchwire.producer.producer import Producer
from benchwire.producer.runner.announcer import Announcer
from benchwire.producer.runner.guarded_trial import TrialFunction, guarded_trial
from benchwire.producer.runner.history import CancelledBy, FinishedAttempt
from benchwire.producer.runner.job_events import (
    JobEvent,
    JobFinished,
    JobStarted,
    JobStopping,
    Observer,
    StopKind,
    TrialFinished,
    TrialStarted,
)
from benchwire.producer.runner.ledger import Ledger
from benchwire.producer.runner.limits import Budgets, Retries
from benchwire.producer.runner.meter import Cancellation, RunMeter
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.running_trials import Running, RunningTrials
from benchwire.producer.runner.trial import TrialSettings
from benchwire.schemas.identity import new_run_id

TICK_SECONDS: Final = 0.1
"""How often budgets and requests to stop are looked at."""
PROGRESS_SECONDS: Final = 1.0
"""How often observers hear of running trials."""
BACKOFF_SECONDS_MAX: Final = 300.0
AT_ONCE_SECONDS: Final = 5.0
"""How long killed agents and their trials may take to be recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToRun:
    """The rules of a launch."""

    concurrency: int
    retries: Retries = field(default_factory=Retries)
    budgets: Budgets = field(default_factory=Budgets)
    settings: TrialSettings


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a job stops before its end."""

    kind: StopKind
    reason: str


class JobRunner:
    """One launch of a job. ``run`` works in the caller's thread; the rest may come from any."""

    def __init__(  # noqa: PLR0913 - the parts of a launch
        self,
        producer: Producer,
        trials: Sequence[PlannedTrial],
        *,
        ledger: Ledger,
        how: HowToRun,
        run_trial: TrialFunction,
        observer: Observer,
    ) -> None:
        self._producer = producer
        self._trials = trials
        self._ledger = ledger
        self._how = how
        self._run_trial = run_trial
        self._announcer = Announcer(observer, self._broke)
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        # Not Thread.join: interrupted by a signal, it takes a living thread for dead.
        self._ended = threading.Event()
        self._workers = 0
        self._at_once = False
        self._stop: Stop | None = None
        self._running = RunningTrials(how.budgets)
        self._attempts = self._events_lost = 0
        self._fault: BaseException | None = None
        self._requested: list[tuple[StopKind, str]] = []
        self._waiting = [t for t in trials if ledger.history.of(t.key).final is None]
        self._done = {
            trial.name: final
            for trial in trials
            if (final := ledger.history.of(trial.key).final) is not None
        }

    def run(self) -> JobFinished:
        """Run all trials that have no final run yet; returns when nothing runs any more.

        Raises:
            OSError: The ledger could not be written: what was running has been cancelled.
        """
        began = time.monotonic()
        first = self._trials[0]
        self._ledger.launched(concurrency=self._how.concurrency, trials=len(self._trials))
        self._announcer.start()
        self._tell(
            JobStarted(
                experiment_id=first.experiment_id,
                job_id=first.job_id,
                trials=len(self._trials),
                done=dict(self._done),
                concurrency=self._how.concurrency,
            )
        )
        self._start_workers()
        try:
            self._supervise()
        except BaseException:
            # Not asked for by `request_stop`: whoever raised it does not want to wait.
            self.stop("interrupt", "the runner was interrupted", at_once=True)
            self._ended.wait(AT_ONCE_SECONDS)
            self._announcer.finish()
            raise
        finished = JobFinished(
            experiment_id=first.experiment_id,
            job_id=first.job_id,
            trials=len(self._trials),
            final=len(self._done),
            attempts=self._attempts,
            events_lost=self._events_lost,
            seconds=time.monotonic() - began,
            stopped=self._stop.kind if self._stop else None,
            reason=self._stop.reason if self._stop else "",
        )
        if self._fault is None:
            self._tell(finished)
        self._tell_all()
        if self._fault is not None:
            raise self._fault
        return finished

    def request_stop(self, kind: StopKind, reason: str) -> None:
        """Stop at the next tick; a second request stops at once. For signal handlers, too."""
        self._requested.append((kind, reason))

    def stop(self, kind: StopKind, reason: str, *, at_once: bool = False) -> None:
        """Cancel running trials and start no other; the first reason given is the one recorded."""
        with self._lock:
            news = self._stop is None or (at_once and not self._at_once)
            self._stop = self._stop or Stop(kind, reason)
            self._at_once = self._at_once or at_once
            self._stopping.set()
            by: CancelledBy = "job_budget" if kind == "budget" else kind
            self._running.cancel_all(by, self._stop.reason, at_once=self._at_once)
            if news:
                self._tell(JobStopping(kind=kind, reason=reason, at_once=self._at_once))

    def stop_run(self, run_id: str, by: CancelledBy, reason: str) -> bool:
        """Cancel one run; the job goes on. False if it does not run here."""
        with self._lock:
            return self._running.cancel(run_id, by, reason, at_once=self._at_once)

    def running(self) -> dict[str, PlannedTrial]:
        """What runs now, by run_id."""
        with self._lock:
            return self._running.trials()

    def left(self) -> int:
        """Trials that have not been started."""
        with self._lock:
            return len(self._waiting)

    def _start_workers(self) -> None:
        count = min(self._how.concurrency, len(self._waiting))
        self._workers = count
        if count == 0:
            self._ended.set()
        for number in range(1, count + 1):
            # Daemons: a person who will not wait any longer is not made to.
            threading.Thread(target=self._work, name=f"trial-{number}", daemon=True).start()

    def _supervise(self) -> None:
        """Look after budgets and requests while the workers work."""
        told_at = time.monotonic()
        while not self._ended.wait(TICK_SECONDS):
            while self._requested:
                kind, reason = self._requested.pop(0)
                self.stop(kind, reason, at_once=self._stopping.is_set())
            if self._at_once:
                self._ended.wait(AT_ONCE_SECONDS)
                return
            self._watch_budgets()
            if time.monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = time.monotonic()
                if not self._announcer.is_behind:
                    self._tell_progress()

    def _work(self) -> None:
        """What each worker thread does: one trial after the other."""
        try:
            while (trial := self._next()) is not None:
                self._run_until_final(trial)
        except BaseException as error:  # noqa: BLE001 - raised by run(), in the caller's thread
            self._broke(error)
        finally:
            with self._lock:
                self._workers -= 1
                if self._workers == 0:
                    self._ended.set()

    def _next(self) -> PlannedTrial | None:
        with self._lock:
            if self._stopping.is_set() or not self._waiting:
                return None
            return self._waiting.pop(0)

    def _run_until_final(self, trial: PlannedTrial) -> None:
        """Run a trial, again if the infrastructure failed."""
        wait_seconds = self._how.retries.backoff_seconds
        for tries_left in range(self._how.retries.max, -1, -1):
            result = self._attempt(trial)
            if result is None:
                return
            again = result.status == "harness_error" and tries_left > 0
            again = again and not self._stopping.is_set()
            self._tell(TrialFinished(trial=trial, result=result, tried_again=again))
            if not again or self._stopping.wait(wait_seconds):
                return
            wait_seconds = min(wait_seconds * 2, BACKOFF_SECONDS_MAX)

    def _attempt(self, trial: PlannedTrial) -> FinishedAttempt | None:
        """Make one attempt and write it into the ledger; None if the job stops already."""
        run_id, meter, cancel = new_run_id(), RunMeter(), Cancellation()
        with self._lock:
            if self._stopping.is_set():
                return None
            attempt = self._ledger.started(trial, run_id)
            self._running.add(run_id, Running(trial, attempt, meter, cancel))
            self._attempts += 1
            self._tell(TrialStarted(trial=trial, attempt=attempt, run_id=run_id))
        try:
            report = guarded_trial(
                self._run_trial,
                self._producer,
                trial,
                run_id=run_id,
                attempt=attempt,
                settings=self._how.settings,
                meter=meter,
                cancel=cancel,
            )
        finally:
            with self._lock:
                by = self._running.remove(run_id)
        result = self._ledger.finished(trial, attempt, report, by)
        with self._lock:
            self._events_lost += result.events_lost
            if result.is_final:
                self._done[trial.name] = result
        return result

    def _watch_budgets(self) -> None:
        with self._lock:
            for exceeded in self._running.exceeded():
                if exceeded.run_id is not None:
                    self.stop_run(exceeded.run_id, "run_budget", exceeded.reason)
                elif not self._stopping.is_set():
                    self.stop("budget", exceeded.reason)

    def _tell_progress(self) -> None:
        with self._lock:
            for progress in self._running.progress():
                self._tell(progress)

    def _tell(self, event: JobEvent) -> None:
        self._announcer.tell(event)

    def _tell_all(self) -> None:
        """Wait until the observer knows everything, unless the person at the terminal will not."""
        self._announcer.finish()
        while not self._announcer.wait(TICK_SECONDS):
            if self._requested or self._at_once:
                self._announcer.wait(AT_ONCE_SECONDS)
                return

    def _broke(self, error: BaseException) -> None:
        """Something of ours failed, or whoever watches: a closed pipe, for one."""
        self._fault = self._fault or error
        self.stop("interrupt", f"the runner failed: {type(error).__name__}")

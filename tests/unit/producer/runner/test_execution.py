"""How a job runs its trials: all of them, each as often as it must be, and how it stops."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.experiments import Behave, experiment, job_runner, matrix, planned
from tests.support.journals import offline_producer

from benchwire.producer.producer import Producer
from benchwire.producer.runner.execution import JobRunner
from benchwire.producer.runner.job_events import (
    JobEvent,
    JobFinished,
    JobStarted,
    JobStopping,
    TrialFinished,
    TrialStarted,
)
from benchwire.producer.runner.ledger import Ledger, open_ledger
from benchwire.producer.runner.limits import Budget, Budgets, Retries
from benchwire.producer.runner.meter import Cancellation, RunMeter
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.schemas.run import Outcome, RunStatus

Ending = tuple[RunStatus, Outcome]
OF = experiment().redacted()
FOR_EVER_SECONDS = 30.0
NO_WAIT = Retries(max=2, backoff_seconds=0)


@pytest.fixture
def producer(tmp_path: Path) -> Producer:
    return offline_producer(tmp_path)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path, "job", "e", OF) as opened:
        yield opened


def always(status: RunStatus, outcome: Outcome) -> Behave:
    def behave(*_: Any) -> Ending:
        return status, outcome

    return behave


resolved = always("ok", "resolved")


def until_cancelled(
    _trial: PlannedTrial, _attempt: int, _meter: RunMeter, cancel: Cancellation
) -> Ending:
    assert cancel.wait(FOR_EVER_SECONDS)
    return "cancelled", "ungraded"


def when(runner: JobRunner, true: Callable[[], bool], then: Callable[[], Any]) -> threading.Thread:
    """Do something as soon as the job is that far."""

    def watch() -> None:
        deadline = time.monotonic() + FOR_EVER_SECONDS
        while not true() and time.monotonic() < deadline:
            time.sleep(0.002)
        then()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def of_kind(seen: list[JobEvent], kind: type[Any]) -> list[Any]:
    return [event for event in seen if isinstance(event, kind)]


def test_every_trial_runs_once_in_the_plans_order(producer: Producer, ledger: Ledger) -> None:
    trials, seen = planned(matrix(2, 3, 2)), list[JobEvent]()
    finished = job_runner(producer, ledger, trials, resolved, seen=seen).run()
    assert [event.trial.key for event in of_kind(seen, TrialStarted)] == [t.key for t in trials]
    assert (finished.final, finished.attempts, finished.stopped) == (12, 12, None)
    assert isinstance(seen[0], JobStarted)
    assert isinstance(seen[-1], JobFinished)


def test_as_many_run_at_the_same_time_as_allowed(producer: Producer, ledger: Ledger) -> None:
    together = threading.Barrier(3, timeout=FOR_EVER_SECONDS)
    lock, now, most = threading.Lock(), Counter[str](), list[int]()

    def meet(*_: Any) -> Ending:
        with lock:
            now["running"] += 1
            most.append(now["running"])
        together.wait()
        with lock:
            now["running"] -= 1
        return "ok", "resolved"

    trials = planned(matrix(3, 2, 2))
    finished = job_runner(producer, ledger, trials, meet, concurrency=3).run()
    assert finished.final == 12
    assert max(most) == 3


def test_broken_infrastructure_is_tried_again_as_the_next_attempt(
    producer: Producer, ledger: Ledger
) -> None:
    def flaky(trial: PlannedTrial, attempt: int, *_: Any) -> Ending:
        broken = trial.policy_id == "p1" and attempt < 3
        return ("harness_error", "ungraded") if broken else ("ok", "resolved")

    trials, seen = planned(matrix(2, 1, 1)), list[JobEvent]()
    finished = job_runner(producer, ledger, trials, flaky, seen=seen, retries=NO_WAIT).run()
    ends = [
        (e.trial.policy_id, e.result.attempt, e.tried_again) for e in of_kind(seen, TrialFinished)
    ]
    assert sorted(ends) == [("p1", 1, True), ("p1", 2, True), ("p1", 3, False), ("p2", 1, False)]
    assert (finished.final, finished.attempts) == (2, 4)


@pytest.mark.parametrize("status", ["agent_failed", "timed_out"])
def test_an_agent_that_fails_is_not_tried_again(
    producer: Producer, ledger: Ledger, status: RunStatus
) -> None:
    trials = planned(matrix(1, 1, 1))
    behave = always(status, "unresolved")
    finished = job_runner(producer, ledger, trials, behave, retries=NO_WAIT).run()
    assert (finished.final, finished.attempts) == (1, 1)


def test_retries_end_and_the_trial_stays_open(producer: Producer, ledger: Ledger) -> None:
    trials = planned(matrix(1, 1, 1))
    behave = always("harness_error", "ungraded")
    finished = job_runner(producer, ledger, trials, behave, retries=NO_WAIT).run()
    assert (finished.final, finished.attempts, finished.stopped) == (0, 3, None)


def test_running_a_job_again_runs_what_is_missing(tmp_path: Path, producer: Producer) -> None:
    trials, seen = planned(matrix(2, 2, 2)), list[JobEvent]()

    def half(trial: PlannedTrial, *_: Any) -> Ending:
        return ("ok", "resolved") if trial.policy_id == "p1" else ("harness_error", "ungraded")

    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        job_runner(producer, ledger, trials, half, retries=Retries(max=0)).run()
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        finished = job_runner(producer, ledger, trials, resolved, seen=seen).run()
    started = of_kind(seen, TrialStarted)
    assert {(e.trial.policy_id, e.attempt) for e in started} == {("p2", 2)}
    assert (finished.final, finished.attempts) == (8, 4)
    assert len(of_kind(seen, JobStarted)[0].done) == 4


def test_stop_cancels_what_runs_and_starts_nothing_more(producer: Producer, ledger: Ledger) -> None:
    trials, seen = planned(matrix(2, 2, 2)), list[JobEvent]()
    runner = job_runner(producer, ledger, trials, until_cancelled, seen=seen, concurrency=2)
    when(runner, lambda: len(runner.running()) == 2, lambda: runner.stop("command", "enough"))
    finished = runner.run()
    ends = of_kind(seen, TrialFinished)
    assert [(e.result.status, e.result.cancelled_by, e.result.error) for e in ends] == [
        ("cancelled", "command", "enough")
    ] * 2
    assert (finished.final, finished.stopped, finished.reason) == (0, "command", "enough")
    assert runner.left() == 6


def test_one_run_can_be_cancelled_and_the_job_goes_on(producer: Producer, ledger: Ledger) -> None:
    def first_waits(
        trial: PlannedTrial, attempt: int, meter: RunMeter, cancel: Cancellation
    ) -> Ending:
        if trial.key == trials[0].key:
            return until_cancelled(trial, attempt, meter, cancel)
        return "ok", "resolved"

    trials = planned(matrix(1, 3, 1))
    runner = job_runner(producer, ledger, trials, first_waits)
    when(
        runner,
        lambda: bool(runner.running()),
        lambda: runner.stop_run(next(iter(runner.running())), "command", "this one"),
    )
    finished = runner.run()
    assert (finished.final, finished.stopped) == (2, None)
    assert not runner.stop_run("unknown", "command", "")


def test_a_second_request_to_stop_grants_no_grace(producer: Producer, ledger: Ledger) -> None:
    def stubborn(_t: PlannedTrial, _a: int, _m: RunMeter, cancel: Cancellation) -> Ending:
        deadline = time.monotonic() + FOR_EVER_SECONDS
        while not cancel.at_once and time.monotonic() < deadline:
            cancel.wait(0.01)
        return "cancelled", "ungraded"

    seen = list[JobEvent]()
    runner = job_runner(producer, ledger, planned(matrix(1, 1, 1)), stubborn, seen=seen)
    ask = lambda: runner.request_stop("interrupt", "Ctrl-C")  # noqa: E731
    when(runner, lambda: bool(runner.running()), ask)
    when(runner, lambda: bool(of_kind(seen, JobStopping)), ask)
    finished = runner.run()
    assert [event.at_once for event in of_kind(seen, JobStopping)] == [False, True]
    assert finished.stopped == "interrupt"


def test_an_interrupt_nobody_handles_still_records_what_ran(
    producer: Producer, ledger: Ledger
) -> None:
    """A KeyboardInterrupt in the caller's thread, as in a program without our signal handlers."""
    runner = job_runner(producer, ledger, planned(matrix(1, 1, 1)), until_cancelled)
    main = threading.main_thread().ident
    assert main is not None
    when(runner, lambda: bool(runner.running()), lambda: signal.pthread_kill(main, signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        runner.run()
    assert b'"status":"cancelled"' in (ledger.directory / "ledger.ndjson").read_bytes()


def test_a_jobs_budget_stops_the_job(producer: Producer, ledger: Ledger) -> None:
    def spend(trial: PlannedTrial, attempt: int, meter: RunMeter, cancel: Cancellation) -> Ending:
        meter.see("step", {"usage": {"input_tokens": 40, "nano_aiu": 1}})
        if trial.key == trials[2].key:
            return until_cancelled(trial, attempt, meter, cancel)
        return "ok", "resolved"

    trials, seen = planned(matrix(1, 5, 1)), list[JobEvent]()
    budgets = Budgets(job=Budget(tokens=120))
    finished = job_runner(producer, ledger, trials, spend, seen=seen, budgets=budgets).run()
    assert (finished.final, finished.attempts, finished.stopped) == (2, 3, "budget")
    assert finished.reason == "the budget of the job is used up: 120 of 120 tokens"
    assert of_kind(seen, TrialFinished)[-1].result.cancelled_by == "job_budget"


def test_a_runs_budget_cancels_that_run_for_good(producer: Producer, ledger: Ledger) -> None:
    def spend(trial: PlannedTrial, attempt: int, meter: RunMeter, cancel: Cancellation) -> Ending:
        if trial.key != trials[0].key:
            return "ok", "resolved"
        meter.see("step", {"usage": {"output_tokens": 7, "nano_aiu": 2_000_000_000}})
        return until_cancelled(trial, attempt, meter, cancel)

    trials, seen = planned(matrix(1, 3, 1)), list[JobEvent]()
    budgets = Budgets(run=Budget(aiu=1.5))
    finished = job_runner(producer, ledger, trials, spend, seen=seen, budgets=budgets).run()
    first = of_kind(seen, TrialFinished)[0].result
    assert (first.status, first.cancelled_by) == ("cancelled", "run_budget")
    assert first.error == "the budget of the run is used up: 2.000 of 1.5 AIU"
    assert (finished.final, finished.stopped) == (3, None)


def test_a_trial_that_breaks_does_not_end_the_others(producer: Producer, ledger: Ledger) -> None:
    def broken(trial: PlannedTrial, attempt: int, *_: Any) -> Ending:
        if trial.task_id == "t1" and attempt == 1:
            raise RuntimeError("surprise")
        return "ok", "resolved"

    seen = list[JobEvent]()
    trials = planned(matrix(1, 3, 1))
    finished = job_runner(producer, ledger, trials, broken, seen=seen, retries=NO_WAIT).run()
    assert (finished.final, finished.attempts) == (3, 4)
    errors = [end.result.error for end in of_kind(seen, TrialFinished) if end.result.error]
    assert errors == ["RuntimeError: surprise"]


def test_a_ledger_that_cannot_be_written_ends_the_job(producer: Producer, ledger: Ledger) -> None:
    """Otherwise attempts would be made that nobody remembers."""

    def closes(*_: Any) -> Ending:
        ledger.close()
        return "ok", "resolved"

    runner = job_runner(producer, ledger, planned(matrix(1, 3, 1)), closes)
    with pytest.raises(OSError, match="closed"):
        runner.run()
    assert runner.left() == 2


def test_an_observer_that_hears_nothing_just_now_holds_up_no_trial(
    producer: Producer, ledger: Ledger
) -> None:
    """Output that nobody reads for a while: trials, budgets and commands go on without it."""
    trials, seen = planned(matrix(2, 2, 2)), list[JobEvent]()
    all_tried, tried = threading.Event(), list[PlannedTrial]()

    def behave(trial: PlannedTrial, *_: Any) -> Ending:
        tried.append(trial)
        if len(tried) == len(trials):
            all_tried.set()
        return "ok", "resolved"

    def hear(event: JobEvent) -> None:
        assert all_tried.wait(FOR_EVER_SECONDS)
        seen.append(event)

    job_runner(producer, ledger, trials, behave, observer=hear).run()
    assert isinstance(seen[0], JobStarted)
    assert [event.trial for event in of_kind(seen, TrialStarted)] == tried == trials
    assert isinstance(seen[-1], JobFinished)


def test_an_observer_that_fails_stops_the_job(producer: Producer, ledger: Ledger) -> None:
    def hear(event: JobEvent) -> None:
        if isinstance(event, TrialStarted):
            raise BrokenPipeError

    runner = job_runner(producer, ledger, planned(matrix(1, 1, 3)), until_cancelled, observer=hear)
    with pytest.raises(BrokenPipeError):
        runner.run()
    assert not runner.running()
    assert runner.left() == 2

"""The account of a running job: counts, success with its interval, cost, time left."""

from collections.abc import Sequence

import pytest
from tests.support.experiments import matrix, planned, reading

from benchwire.producer.runner.history import CancelledBy, FinishedAttempt
from benchwire.producer.runner.job_events import (
    JobStarted,
    JobStopping,
    TrialFinished,
    TrialProgress,
    TrialStarted,
)
from benchwire.producer.runner.progress import JobProgress, wilson
from benchwire.schemas.run import Outcome, RunStatus


class Clock:
    """Time that passes when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def ended(
    run_id: str,
    status: RunStatus = "ok",
    outcome: Outcome = "resolved",
    *,
    tokens: int | None = 10,
    by: CancelledBy | None = None,
    losses: Sequence[str] = (),
) -> FinishedAttempt:
    return FinishedAttempt(
        run_id=run_id,
        attempt=1,
        status=status,
        outcome=outcome,
        tokens=tokens,
        nano_aiu=None,
        seconds=8.0,
        cancelled_by=by,
        events_lost=len(losses),
        first_loss=next(iter(losses), None),
    )


def watched(
    done: dict[int, FinishedAttempt] | None = None, *, concurrency: int = 2
) -> tuple[JobProgress, Clock]:
    clock = Clock()
    plan = planned(matrix(2, 2, 2))
    progress = JobProgress(plan, clock)
    progress.see(
        JobStarted(
            experiment_id="e",
            job_id="job",
            trials=len(plan),
            done={plan[at].name: result for at, result in (done or {}).items()},
            concurrency=concurrency,
        )
    )
    return progress, clock


def test_counts_follow_the_trials() -> None:
    progress, _ = watched()
    plan = progress.plan
    for at, (status, outcome) in enumerate(
        (
            ("ok", "resolved"),
            ("ok", "unresolved"),
            ("ok", "ungraded"),
            ("agent_failed", "unresolved"),
            ("harness_error", "ungraded"),
            ("cancelled", "ungraded"),
        )
    ):
        progress.see(TrialStarted(trial=plan[at], attempt=1, run_id=str(at)))
        result = ended(str(at), status, outcome)  # type: ignore[arg-type]
        progress.see(TrialFinished(trial=plan[at], result=result, tried_again=False))
    total = progress.total
    assert (total.trials, total.done, total.running, total.failed) == (8, 4, 0, 3)
    assert (total.graded, total.resolved) == (3, 1)
    assert total.tokens == 60
    assert total.nano_aiu is None, "unknown is not nothing"
    assert total.given_up == 2, "neither final nor tried again"
    assert progress.failures["harness_error: no message"] == 1
    assert sum(tally.done for tally in progress.policies.values()) == 4


def test_trials_of_earlier_launches_count() -> None:
    progress, _ = watched({0: ended("a"), 1: ended("b", outcome="unresolved")})
    assert (progress.total.done, progress.total.resolved, progress.total.tokens) == (2, 1, 20)


def test_running_trials_are_part_of_what_is_spent() -> None:
    progress, _ = watched()
    progress.see(TrialStarted(trial=progress.plan[0], attempt=1, run_id="a"))
    progress.see(TrialProgress(trial=progress.plan[0], attempt=1, run_id="a", meter=reading(7, 5)))
    assert progress.spent() == (7, 5)
    assert progress.total.tokens is None


def test_lost_events_count_once_and_the_first_is_named() -> None:
    progress, _ = watched()
    first, second = progress.plan[:2]
    for trial, run_id in ((first, "a"), (second, "b")):
        progress.see(TrialStarted(trial=trial, attempt=1, run_id=run_id))
    assert (progress.events_lost, progress.first_loss) == (0, None)
    meter = reading(losses=["line 2: no name", "line 3: no kind"])
    progress.see(TrialProgress(trial=second, attempt=1, run_id="b", meter=meter))
    assert progress.events_lost == 2
    lost = ["line 2: no name", "line 3: no kind", "line 9: no name"]
    progress.see(TrialFinished(trial=second, result=ended("b", losses=lost), tried_again=False))
    progress.see(
        TrialFinished(trial=first, result=ended("a", losses=["line 1: x"]), tried_again=False)
    )
    assert progress.events_lost == 4
    assert progress.first_loss == f"{second.name}: line 2: no name"


def test_the_time_left_follows_from_the_mean_attempt() -> None:
    progress, clock = watched(concurrency=2)
    assert progress.seconds_left is None
    progress.see(TrialStarted(trial=progress.plan[0], attempt=1, run_id="a"))
    clock.now = 8.0
    progress.see(TrialFinished(trial=progress.plan[0], result=ended("a"), tried_again=False))
    assert progress.seconds_left == 7 * 8.0 / 2
    progress.see(TrialStarted(trial=progress.plan[1], attempt=1, run_id="b"))
    clock.now = 12.0
    assert progress.seconds_left == (7 * 8.0 - 4.0) / 2
    progress.see(JobStopping(kind="interrupt", reason="Ctrl-C", at_once=False))
    assert progress.seconds_left is None


@pytest.mark.parametrize(
    ("resolved", "graded", "low", "high"),
    [
        # R: prop.test(x, n, correct = FALSE)$conf.int
        (0, 10, 0.0, 0.2775328),
        (5, 10, 0.2365931, 0.7634069),
        (10, 10, 0.7224672, 1.0),
        (1, 1, 0.2065493, 1.0),
    ],
)
def test_the_interval_is_wilsons(resolved: int, graded: int, low: float, high: float) -> None:
    found = wilson(resolved, graded)
    assert found is not None
    assert found == pytest.approx((resolved / graded, low, high), abs=1e-6)


def test_without_graded_trials_there_is_no_rate() -> None:
    assert wilson(0, 0) is None

"""How far a job is: of what is planned while it goes on, of what has begun once it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.support.history_lines import START, HistoryStream, Labels, Sent
from tests.support.live_states import folded, us

from benchwire.analysis.live.lines import Picture
from benchwire.analysis.live.picture import picture_of

LABELS = Labels("e", "j", "careful", "t1", "0192a000-0000-4000-8000-000000000000")


def run(number: int, *, trials: int | None = 3, is_over: bool = True, **labels: Any) -> list[Sent]:
    """A run that costs 6 AIU if it is over, and 1 AIU so far if it is not."""
    own = replace(LABELS, run_id=f"{LABELS.run_id[:-1]}{number}", **labels)
    stream = HistoryStream(own, "runner", 1, START)
    start: dict[str, Any] = {"trial_no": number}
    if trials is not None:
        start["policy"] = {"trials": trials}
    stream.emit("run_start", start)
    stream.emit("step", {"kind": "act", "usage": {"nano_aiu": 10**9}})
    if is_over:
        stream.emit("run_stop", {"status": "ok", "usage": {"nano_aiu": 6 * 10**9}})
        stream.close()
    return stream.sent


def seen(*runs: list[Sent], after_seconds: float = 1.0) -> Picture:
    sent = [one for lines in runs for one in lines]
    return picture_of(folded(sent), us(START + timedelta(seconds=after_seconds)))


def test_while_a_job_goes_on_its_plan_is_what_is_expected() -> None:
    picture = seen(
        run(1),
        run(2, is_over=False),
        run(3, policy_id="hasty", task_id="t2", trials=2),
    )
    assert (picture.n_trials_done, picture.n_trials_expected) == (2, 3 * 2 + 2 * 2)
    assert [line.n_trials_expected for line in picture.policies] == [6, 4]
    (job,) = picture.jobs
    assert (job.n_trials, job.n_trials_running, job.n_trials_expected) == (3, 1, 10)


def test_what_is_planned_will_cost_what_trials_of_its_policy_did() -> None:
    spending = seen(run(1), run(2, is_over=False)).spending
    assert spending.spent_nano_aiu == 7 * 10**9
    assert spending.projected_begun_nano_aiu == 12 * 10**9
    assert spending.projected_nano_aiu == 18 * 10**9


def test_other_jobs_tell_what_a_policy_costs_and_are_spent_themselves() -> None:
    picture = seen(run(1, job_id="before", trials=None), run(2, is_over=False))
    assert [job.job_id for job in picture.jobs] == ["j"]
    assert picture.spending.projected_nano_aiu == (6 + 18) * 10**9


def test_where_a_policy_states_no_plan_what_has_begun_is_expected() -> None:
    picture = seen(run(1), run(2, is_over=False), run(3, policy_id="hasty", trials=None))
    assert picture.jobs[0].n_trials_expected is None
    assert picture.n_trials_expected == 3
    assert picture.spending.projected_begun_nano_aiu == 18 * 10**9
    assert picture.spending.projected_nano_aiu is None


def test_a_job_goes_on_for_a_minute_without_a_run_while_trials_are_left() -> None:
    assert seen(run(1), after_seconds=59).n_trials_expected == 3
    over = seen(run(1), after_seconds=61)
    assert (over.jobs, over.n_trials_expected) == ([], 1)
    assert over.spending.projected_nano_aiu == over.spending.spent_nano_aiu
    assert seen(run(1), run(2), run(3)).jobs == []


def test_an_excluded_trial_is_done() -> None:
    graded = HistoryStream(replace(LABELS, run_id=f"{LABELS.run_id[:-1]}1"), "grader", 2, START)
    verdict = {"grader": "g", "outcome": "excluded", "graded_at": "2026-10-01T09:00:00.000000Z"}
    graded.emit("verdict", verdict)
    picture = seen(run(1), graded.sent)
    assert (picture.n_trials_done, picture.policies[0].n_counted) == (1, 0)

"""The report and the comparison on a store: they say what the views say, whatever the scope."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

import pytest
from tests.support.histories import AS_OF, History
from tests.support.history_lines import bodies
from tests.support.view_store import ViewStore

from benchwire.analysis.comparison.document import compare
from benchwire.analysis.comparison.pair import NotComparable, Pair, find_pair
from benchwire.analysis.comparison.rows import COMPARISON
from benchwire.analysis.comparison.sections import comparison_markdown
from benchwire.analysis.report import comparison_rows, run_rows, spending_rows, success_rows
from benchwire.analysis.report.collect import NOT_BY_JOB, QUESTIONS_MAX, collect
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markdown import report_markdown
from benchwire.analysis.report.page import report_page
from benchwire.analysis.report.scope import NotInStore, known_experiments, make_scope
from benchwire.embedded.store import ChdbStore

SEED, N_RUNS = 11, 250
EXPERIMENT = "suite-ü"
QUOTED = "p'quote\"d"
MOMENT = f"{AS_OF:%Y-%m-%d %H:%M:%S.%f}"


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    store.load(bodies(History(SEED).add_runs(N_RUNS).sent, ()))
    yield store
    store.close()


@pytest.fixture(scope="module")
def report(views: ViewStore) -> Report:
    answered: list[None] = []
    scope = make_scope(views.answers, EXPERIMENT, as_of=MOMENT)
    found = collect(views.answers, scope, lambda: answered.append(None))
    assert len(answered) == QUESTIONS_MAX
    return found


def test_the_report_has_something_to_say_of_everything(report: Report) -> None:
    empty = [name.name for name in fields(report) if getattr(report, name.name) == []]
    assert empty == ["policies", "left_out", "too_expensive"]
    assert json.loads(json.dumps(asdict(report), allow_nan=False)) == asdict(report)


def test_totals_add_up_to_what_is_stored(views: ViewStore, report: Report) -> None:
    ((n_runs, n_superseded),) = views.answers(
        "SELECT countIf(isNull(superseded_by)), countIf(isNotNull(superseded_by)) "
        f"FROM rpt_run_integrity WHERE experiment_id = '{EXPERIMENT}'"
    )
    assert report.overview.n_runs == n_runs
    assert report.overview.n_superseded == n_superseded
    assert sum(job.n_runs for job in report.jobs) == n_runs
    states = report.overview
    assert n_runs == (
        states.n_running + states.n_stopped + states.n_interrupted + states.n_abandoned
    )
    ((n_trials, n_resolved),) = views.answers(
        f"SELECT n_trials, n_resolved FROM rpt_experiment_success "
        f"WHERE experiment_id = '{EXPERIMENT}'"
    )
    assert (report.overview.n_trials, report.overview.n_resolved) == (n_trials, n_resolved)


def test_all_forms_are_made_of_it(report: Report) -> None:
    assert EXPERIMENT in report_markdown(report)
    page = report_page(report)
    assert page.count("<figure") >= 8
    assert "p&#x27;quote&quot;d" in page


def test_one_job_of_several_is_reported_alone(views: ViewStore, report: Report) -> None:
    job = report.jobs[0].job_id
    alone = collect(views.answers, make_scope(views.answers, EXPERIMENT, job_id=job, as_of=MOMENT))
    assert [each.job_id for each in alone.jobs] == [job]
    assert alone.left_out == list(NOT_BY_JOB)
    assert all(getattr(alone, name) == [] for name in NOT_BY_JOB)
    assert {run.job_id for run in alone.timeline} == {job}
    # Jobs share no trial: what each has adds up to what all have.
    params = make_scope(views.answers, EXPERIMENT, job_id=report.jobs[1].job_id).params()
    tasks = alone.tasks + success_rows.TASK_SUCCESS_OF_JOB.ask(views.answers, params)
    assert len(report.jobs) == 2
    assert sum(task.n_trials for task in tasks) == report.overview.n_trials
    assert sum(task.n_resolved for task in tasks) == report.overview.n_resolved
    spending = alone.spending + spending_rows.POLICY_SPENDING_OF_JOB.ask(views.answers, params)
    for whole in report.spending:
        parts = [spent for spent in spending if spent.policy_id == whole.policy_id]
        assert whole.n_runs == sum(part.n_runs for part in parts)
        assert whole.n_cost_unknown == sum(part.n_cost_unknown for part in parts)
        assert whole.cost_nano_aiu == sum(part.cost_nano_aiu or 0 for part in parts)
        assert whole.n_runs_with_tokens == sum(part.n_runs_with_tokens for part in parts)
        waste = sum((part.wasted_share or 0) * (part.cost_nano_aiu or 0) for part in parts)
        assert (whole.wasted_share or 0) * (whole.cost_nano_aiu or 0) == pytest.approx(waste)


def test_only_the_chosen_policies_are_asked_for(views: ViewStore, report: Report) -> None:
    chosen = ("δ", QUOTED)
    params = make_scope(views.answers, EXPERIMENT, policies=chosen, as_of=MOMENT).params()
    some = success_rows.POLICY_SUCCESS.ask(views.answers, params)
    assert some == [policy for policy in report.success if policy.policy_id in chosen]
    pairs = comparison_rows.COMPARISONS.ask(views.answers, params)
    assert [(pair.policy_a, pair.policy_b) for pair in pairs] == [(QUOTED, "δ")]
    runs = run_rows.TIMELINE.ask(views.answers, params)
    assert {run.policy_id for run in runs} == set(chosen)


def test_what_is_not_there_is_named_with_what_is(views: ViewStore) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"experiment_id": "suite-u"}, "suite-ü"),
        ({"experiment_id": EXPERIMENT, "job_id": "job-9"}, "job-1"),
        ({"experiment_id": EXPERIMENT, "policies": ("base",)}, "baseline"),
    ]
    for names, there in cases:
        with pytest.raises(NotInStore) as caught:
            make_scope(views.answers, **names)
        assert there in caught.value.hint


def test_experiments_are_known_newest_first(views: ViewStore) -> None:
    known = known_experiments(views.answers)
    begun = [each.last_started_at or "" for each in known]
    assert len(known) >= 2
    assert begun == sorted(begun, reverse=True)


def test_the_comparison_is_the_one_of_the_report(views: ViewStore, report: Report) -> None:
    pair = find_pair(views.answers, QUOTED, "δ", EXPERIMENT)
    found = compare(views.answers, pair)
    (same,) = [
        each for each in report.comparisons if each.policy_b == "δ" and each.policy_a == QUOTED
    ]
    assert found.comparison == same
    assert {task.task_id for task in found.tasks} <= {task.task_id for task in report.tasks}
    keys = {each.key for each in found.differences if each.kind == "config"}
    assert keys == set(same.differing_config_keys)
    assert "δ" in comparison_markdown(found)
    turned = Pair(experiment_id=EXPERIMENT, policy_a="δ", policy_b=QUOTED)
    (other,) = COMPARISON.ask(views.answers, turned.params())
    assert other.difference == pytest.approx(-(same.difference or 0))
    assert (other.n_only_a, other.n_only_b) == (same.n_only_b, same.n_only_a)


@pytest.mark.parametrize(
    ("a", "b", "experiment", "error", "said"),
    [
        ("δ", "δ", None, NotComparable, "both are"),
        ("δ", "baseline", None, NotComparable, "2 experiments have both"),
        ("job-1", "job-2", None, NotComparable, "are jobs"),
        ("suite-a", "suite-ü", None, NotComparable, "are experiments"),
        ("δ", "nobody", EXPERIMENT, NotInStore, "has no policy 'nobody'"),
        ("δ", "job-1", EXPERIMENT, NotInStore, "'job-1' names jobs"),
        ("δ", "baseline", "nowhere", NotInStore, "has no experiment 'nowhere'"),
    ],
    ids=["same", "both", "jobs", "experiments", "unknown", "job", "experiment"],
)
def test_what_cannot_be_compared_is_explained(  # noqa: PLR0917
    views: ViewStore, a: str, b: str, experiment: str | None, error: type[NotInStore], said: str
) -> None:
    with pytest.raises(NotInStore, match=said) as caught:
        find_pair(views.answers, a, b, experiment)
    assert type(caught.value) is error
    assert caught.value.hint

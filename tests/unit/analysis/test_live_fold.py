"""Whatever order events come in, and however often, a watcher comes to know the same."""

import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.histories import AS_OF, History
from tests.support.history_lines import START, HistoryStream, Labels, Sent, stamp
from tests.support.live_states import delivered, folded, take, us

from benchwire.analysis.live.events import read_rows
from benchwire.analysis.live.picture import picture_of
from benchwire.analysis.live.state import LiveState

RUN_ID = "0192a000-0000-4000-8000-0000deadbeef"


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
def test_no_order_of_deliveries_changes_the_picture(seed: int, order: random.Random) -> None:
    sent = sorted(History(seed).add_runs(10).sent, key=lambda one: one.received_at)
    again = sent + order.sample(sent, len(sent) // 2)
    order.shuffle(again)
    assert picture_of(folded(again), us(AS_OF)) == picture_of(folded(sent), us(AS_OF))


def test_pictures_on_the_way_do_not_change_where_it_ends() -> None:
    sent = delivered(History(3).add_runs(40).sent, "shuffled", 3)
    state = LiveState()
    for number, one in enumerate(sent):
        for event in read_rows(one.line, us(one.received_at)):
            state.take(event)
        if number % 20 == 0:
            picture_of(state, us(AS_OF))
    assert picture_of(state, us(AS_OF)) == picture_of(folded(sent), us(AS_OF))


def stream() -> HistoryStream:
    return HistoryStream(Labels("e", "j", "p", "t", RUN_ID), "runner", 10**15, START)


def finished(outcome: str = "unresolved") -> HistoryStream:
    run = stream()
    run.emit("run_start", {"trial_no": 1})
    run.emit("step", {"kind": "act", "usage": {"input_tokens": 5, "nano_aiu": 7}})
    run.emit("run_stop", {"status": "ok", "outcome": outcome})
    run.close()
    return run


def test_a_run_at_rest_counts_on_and_duplicates_of_it_change_nothing() -> None:
    run = finished()
    state = folded(run.sent)
    before = picture_of(state, us(START)).policies
    assert state.rest(0, us(START)) == 0, "it was heard of a moment ago"
    assert state.rest(0, us(START + timedelta(hours=1))) == 1
    heartbeat = run.sent[-1]
    for event in read_rows(heartbeat.line, us(START)):
        state.take(event)
    assert picture_of(state, us(START)).policies == before
    assert state.wanted == set()


def test_what_comes_late_of_a_run_at_rest_waits_for_its_events() -> None:
    run = finished()
    state = folded(run.sent)
    state.rest(0, us(START + timedelta(hours=1)))
    run.emit("verdict", {"grader": "g", "outcome": "resolved", "graded_at": stamp(START)})
    run.emit("step", {"kind": "act", "usage": {"input_tokens": 3}})
    take(state, run.sent[-2:])
    (policy,) = picture_of(state, us(START)).policies
    assert (policy.n_resolved, policy.total_tokens) == (0, 5)
    assert state.wanted == {RUN_ID}
    stored = [event for one in run.sent[:-1] for event in read_rows(one.line, us(START))]
    state.restore(RUN_ID, stored)
    (policy,) = picture_of(state, us(START)).policies
    assert (policy.n_resolved, policy.total_tokens, state.wanted) == (1, 8, set())


def test_a_run_that_is_not_stored_does_not_rest() -> None:
    state = LiveState()
    for one in finished().sent:
        line = one.line[:-1] + b',"stream_seq":8}'
        for event in read_rows(line, us(START)):
            state.take(event)
    later = us(START + timedelta(hours=1))
    assert state.rest(7, later) == 0
    assert state.rest(8, later) == 1


def test_a_verdict_counts_late_and_is_taken_back() -> None:
    run = finished()
    grades = [("resolved", 1), ("excluded", 3), ("unresolved", 2)]
    for outcome, hours in grades:
        graded_at = stamp(START + timedelta(hours=hours))
        run.emit("verdict", {"grader": "g", "outcome": outcome, "graded_at": graded_at})
    found: list[tuple[int, int, int]] = []
    state = LiveState()
    for one in run.sent:
        for event in read_rows(one.line, us(START)):
            state.take(event)
        lines = picture_of(state, us(START)).policies
        found += [(line.n_graded, line.n_resolved, line.n_excluded) for line in lines]
    assert found[-4:] == [(1, 0, 0), (1, 1, 0), (0, 0, 1), (0, 0, 1)]


def test_spending_is_what_was_spent_lately_and_what_is_to_come() -> None:
    lines: list[Sent] = []
    for number, minutes in enumerate((0, 30, 31), start=1):
        labels = Labels("e", "j", "p", f"t{number}", RUN_ID[:-1] + str(number))
        run = HistoryStream(labels, "runner", 1, START + timedelta(minutes=minutes))
        run.emit("run_start", {})
        run.emit("step", {"kind": "act", "usage": {"nano_aiu": 1_000}})
        if number < 3:
            run.emit("run_stop", {"status": "ok", "usage": {"nano_aiu": 6_000}})
        lines += run.sent
    spending = picture_of(folded(lines), us(START + timedelta(minutes=35))).spending
    assert spending.spent_nano_aiu == 13_000
    assert spending.window_seconds == 300
    assert spending.nano_aiu_per_minute == 7_000 / 5
    assert spending.projected_begun_nano_aiu == 18_000, "the open trial costs 6,000 like the others"
    assert spending.projected_nano_aiu is None, "nobody says how many there will be"


def test_nothing_stated_is_not_zero() -> None:
    run = stream()
    run.emit("run_start", {})
    picture = picture_of(folded(run.sent), us(START))
    assert picture.spending.spent_nano_aiu is None
    assert picture.policies[0].total_tokens is None
    assert picture.policies[0].success_rate_graded is None


def test_failures_stand_latest_first_and_once() -> None:
    run = stream()
    run.emit("run_start", {})
    run.emit("failure", {"root": {"kind": "tool"}, "message": "no such file"})
    run.received_at += timedelta(seconds=2)
    run.emit("failure", {"root": {"kind": "harness"}, "message": "killed", "fatal": True})
    run.emit("run_stop", {"status": "harness_error", "error": "killed"})
    failures = picture_of(folded(run.sent * 2), us(START)).failures
    assert [(one.kind, one.message) for one in failures] == [
        ("harness_error", "killed"),
        ("tool", "no such file"),
    ]

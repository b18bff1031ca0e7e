"""Events declared lost are counted number by number, in whatever order things come."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.history_lines import START, HistoryStream, Labels, Sent
from tests.support.live_states import folded, take, us

from benchwire.analysis.live.losses import Ranges
from benchwire.analysis.live.picture import LOST, picture_of

RUN_ID = "0192a000-0000-4000-8000-0000deadbeef"
RANGES = st.tuples(st.integers(0, 40), st.integers(-1, 9)).map(lambda one: (one[0], sum(one)))


@given(st.lists(RANGES, max_size=30))
def test_covered_ranges_are_the_set_of_their_numbers(ranges: list[tuple[int, int]]) -> None:
    covered, expected = Ranges(), set[int]()
    for first, last in ranges:
        numbers = set(range(first, last + 1))
        new = [set(range(begin, end + 1)) for begin, end in covered.cover(first, last)]
        assert set[int]().union(*new) == numbers - expected
        assert sum(map(len, new)) == len(numbers - expected), "no number is new twice"
        expected |= numbers
    assert {number for number in range(60) if number in covered} == expected


def stream(received_minutes: float = 0) -> HistoryStream:
    received_at = START + timedelta(minutes=received_minutes)
    return HistoryStream(Labels("e", "j", "p", "t", RUN_ID), "agent", 7, received_at)


def loss(first: int, last: int, detail: str | None = None) -> dict[str, Any]:
    ranges = [{"first_seq": first, "last_seq": last}]
    return {"ranges": ranges, "reason": "invalid"} | ({"detail": detail} if detail else {})


def sent_with_losses() -> list[Sent]:
    """Numbers 1 to 6 declared lost, in parts and twice; 3 has come before, 5 comes after all."""
    run = stream()
    run.emit("run_start", {})
    run.lose(6)
    run.emit("heartbeat", {}, seq=3)
    run.emit("telemetry_loss", loss(1, 4))
    run.emit("telemetry_loss", loss(4, 6))
    run.emit("telemetry_loss", loss(2, 3))
    run.emit("heartbeat", {}, seq=5)
    run.emit("telemetry_loss", loss(2**40, 2**64 - 1), seq=0)
    return run.sent


@pytest.mark.parametrize("seed", range(6))
def test_what_turns_up_after_all_is_not_lost(seed: int) -> None:
    sent = sent_with_losses() * 2
    random.Random(seed).shuffle(sent)
    picture = picture_of(folded(sent), us(START))
    assert picture.n_declared_lost == 4
    assert picture.policies[0].n_declared_lost == 4
    assert picture.runs[0].n_declared_lost == 4


def test_a_wide_range_is_not_counted_one_by_one() -> None:
    run = stream()
    run.lose(2**60)
    run.emit("heartbeat", {}, seq=2**59)
    run.emit("telemetry_loss", loss(0, 2**60 - 1))
    assert picture_of(folded(run.sent), us(START)).n_declared_lost == 2**60 - 1


def test_a_declaration_speaks_of_what_precedes_it_in_its_own_epoch() -> None:
    run, other = stream(), stream()
    other.epoch = 8
    other.emit("heartbeat", {}, seq=2)
    run.lose(3)
    run.emit("telemetry_loss", loss(1, 9))
    assert picture_of(folded([*run.sent, *other.sent]), us(START)).n_declared_lost == 2


def test_of_two_declarations_under_one_number_one_counts() -> None:
    run = stream()
    run.lose(9)
    run.emit("telemetry_loss", loss(0, 2))
    run.emit("telemetry_loss", loss(5, 5), seq=9)
    counts = {
        picture_of(folded(sent), us(START)).n_declared_lost for sent in (run.sent, run.sent[::-1])
    }
    assert counts in ({3}, {1}), "whichever it is, the order does not matter"


def test_a_run_tells_of_its_losses_in_one_line() -> None:
    run = stream()
    run.emit("run_start", {"trial_no": 2})
    run.lose(2)
    run.emit("telemetry_loss", loss(1, 2, "line 2: unknown field"))
    run.received_at += timedelta(seconds=5)
    run.lose(1)
    run.emit("telemetry_loss", loss(4, 4, "line 4: no JSON"))
    (line,) = picture_of(folded(run.sent), us(START)).failures
    assert (line.kind, line.n_declared_lost, line.trial_no) == (LOST, 3, 2)
    assert line.message == "line 4: no JSON"
    run.emit("heartbeat", {}, seq=4)
    (line,) = picture_of(folded(run.sent), us(START)).failures
    assert line.n_declared_lost == 2


def test_a_run_that_lost_events_rests_and_wakes_when_one_turns_up() -> None:
    run = stream()
    run.emit("run_start", {})
    run.lose(1)
    run.emit("telemetry_loss", loss(1, 1))
    run.emit("run_stop", {"status": "ok"})
    run.close()
    state = folded(run.sent)
    assert state.rest(0, us(START + timedelta(hours=1))) == 1, "what is lost is not waited for"
    assert picture_of(state, us(START)).n_declared_lost == 1
    run.emit("heartbeat", {}, seq=1)
    take(state, run.sent[-1:])
    assert state.wanted == {RUN_ID}
    state.restore(RUN_ID, [])
    take(state, run.sent)
    assert picture_of(state, us(START)).n_declared_lost == 0

"""A refused batch is taken apart until only the rows at fault are left."""

import random

import pytest
from tests.support.fake_sink import FakeSink
from tests.support.wire_events import run_messages

from benchwire.consumer.batcher import Batch
from benchwire.consumer.bisection import ROW_REFUSED, TooManyRefused, store_events
from benchwire.consumer.decoder import decode
from benchwire.consumer.message import Message
from benchwire.consumer.sink import SinkUnavailable


def batch_of(n_events: int, per_message: int = 4, spoil: bytes | None = None) -> Batch:
    batch = Batch()
    for number, wire in enumerate(run_messages(n_events=n_events, per_message=per_message)):
        payload = wire.payload if spoil is None else wire.payload + b"\n" + spoil
        batch.add(decode(Message(wire.subject, "r", payload, "BENCH_EVENTS", number, 1, 1, 0)))
    return batch


def seq(number: int) -> bytes:
    return b'"seq":%d,' % number


def test_a_good_batch_is_one_insert() -> None:
    sink = FakeSink()
    assert store_events(sink, batch_of(20)) == []
    assert sink.attempts == 1
    assert len(sink.rows["events"]) == 20


def test_a_batch_without_events_inserts_nothing() -> None:
    sink = FakeSink()
    assert store_events(sink, Batch()) == []
    assert sink.attempts == 0


@pytest.mark.parametrize("bad", range(0, 21, 5))
def test_the_row_at_fault_is_found_and_all_others_are_stored(bad: int) -> None:
    sink = FakeSink(poison=seq(bad))
    (letter,) = store_events(sink, batch_of(21, spoil=b"garbage"))
    assert letter.reason == ROW_REFUSED
    assert (letter.stream_seq, letter.line_no) == (bad // 4, bad % 4 + 1)
    assert seq(bad) in letter.raw
    assert b"received_at" not in letter.raw
    assert len(sink.rows["events"]) == 20


def test_several_rows_at_fault_are_all_found() -> None:
    rng = random.Random(5)
    bad = set(rng.sample(range(100), 7))

    class Picky(FakeSink):
        def insert(self, table: str, body: bytes) -> None:
            hit = [number for number in bad if seq(number) in body]
            self.poison = seq(hit[0]) if hit else None
            super().insert(table, body)

    sink = Picky()
    letters = store_events(sink, batch_of(100))
    assert {letter.stream_seq * 4 + letter.line_no - 1 for letter in letters} == bad
    assert len(sink.rows["events"]) == 93
    assert sink.attempts < 100


def test_too_many_rows_at_fault_blame_the_table() -> None:
    sink = FakeSink(poison=b"seq")
    with pytest.raises(TooManyRefused):
        store_events(sink, batch_of(40), refused_max=5)


def test_a_sink_that_goes_away_in_the_middle_is_reported() -> None:
    class Leaving(FakeSink):
        def insert(self, table: str, body: bytes) -> None:
            if self.attempts == 3:
                self.away = 1
            super().insert(table, body)

    with pytest.raises(SinkUnavailable):
        store_events(Leaving(poison=seq(0)), batch_of(40))

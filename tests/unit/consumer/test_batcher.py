"""A batch is cut by rows, bytes or time."""

from collections.abc import Callable

import pytest

from benchwire.consumer.batcher import Batcher
from benchwire.consumer.decoder import Decoded
from benchwire.consumer.message import Message
from benchwire.consumer.settings import ConsumerSettings


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def decoded(n_events: int = 1, n_bytes: int = 100) -> Decoded:
    message = Message("s", "r", b"", "BENCH_EVENTS", 1, 1, 0, 0)
    return Decoded(message, b"x" * n_bytes, n_events)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Callable[[], Batcher]:
    settings = ConsumerSettings(
        batch_events_max=10, batch_bytes_max=1_000, batch_seconds=1.0, batch_linger_seconds=0.1
    )
    return lambda: Batcher(settings, clock=clock)


def test_an_empty_batch_is_never_due(make: Callable[[], Batcher]) -> None:
    batcher = make()
    assert batcher.is_empty
    assert not batcher.is_full
    assert batcher.seconds_until_due() is None


def test_rows_fill_a_batch(make: Callable[[], Batcher]) -> None:
    batcher = make()
    batcher.add(decoded(n_events=9))
    assert not batcher.is_full
    batcher.add(decoded(n_events=1))
    assert batcher.is_full


def test_bytes_fill_a_batch(make: Callable[[], Batcher]) -> None:
    batcher = make()
    batcher.add(decoded(n_bytes=1_000))
    assert batcher.is_full


def test_messages_without_events_fill_a_batch(make: Callable[[], Batcher]) -> None:
    batcher = make()
    for _ in range(10):
        batcher.add(decoded(n_events=0, n_bytes=0))
    assert batcher.is_full


def test_the_first_event_after_a_pause_waits_only_the_linger(
    make: Callable[[], Batcher], clock: Clock
) -> None:
    batcher = make()
    batcher.add(decoded())
    assert batcher.seconds_until_due() == pytest.approx(0.1)
    clock.now += 0.1
    assert batcher.seconds_until_due() == 0


def test_a_trickle_is_stored_once_per_period(make: Callable[[], Batcher], clock: Clock) -> None:
    batcher = make()
    batcher.add(decoded())
    clock.now += 0.1
    batcher.cut()
    clock.now += 0.2
    batcher.add(decoded())
    assert batcher.seconds_until_due() == pytest.approx(0.8)


def test_cutting_hands_over_everything_and_starts_anew(make: Callable[[], Batcher]) -> None:
    batcher = make()
    batcher.add(decoded(n_events=3, n_bytes=10))
    batcher.add(decoded(n_events=4, n_bytes=10))
    batch = batcher.cut()
    assert (batch.n_events, batch.body_bytes, len(batch.messages)) == (7, 20, 2)
    assert batch.body() == b"x" * 20
    assert batcher.is_empty

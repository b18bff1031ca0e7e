"""What is under way: bounded, sent again, less and less often."""

from pathlib import Path

from tests.support.journals import identity

from benchwire.producer.journal.layout import SegmentName
from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.message import Message
from benchwire.producer.publisher.window import Window


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def feed() -> Feed:
    return Feed(Path("x.seg"), identity(), SegmentName("runner", 1, 0, 0, "ab"))


def message(size: int = 10) -> Message:
    return Message(start=0, end=size + 1, payload=b"x" * size, n_events=1, first_seq=0, last_seq=0)


def test_messages_and_bytes_are_bounded() -> None:
    window = Window(messages_max=2, bytes_max=100)
    source = feed()
    first = window.add(source, message())
    assert window.has_room
    window.add(source, message())
    assert not window.has_room
    window.remove(first.number)
    assert window.has_room
    window.add(source, message(95))
    assert not window.has_room


def test_one_message_may_always_be_sent() -> None:
    assert Window(messages_max=1, bytes_max=1).has_room


def test_a_message_without_an_answer_is_sent_again_after_2_then_4_then_8_seconds() -> None:
    clock = Clock()
    window = Window(messages_max=10, bytes_max=100, clock=clock)
    entry = window.add(feed(), message())
    waits: list[float] = []
    for _ in range(6):
        sent_at = clock.now
        while not list(window.due()):
            clock.now += 0.5
        waits.append(clock.now - sent_at)
    assert waits == [2, 4, 8, 16, 32, 32]
    assert window.remove(entry.number) is entry
    assert window.remove(entry.number) is None


def test_after_a_new_connection_everything_is_due_once() -> None:
    window = Window(messages_max=10, bytes_max=100, clock=Clock())
    entries = [window.add(feed(), message()) for _ in range(3)]
    assert not list(window.due())
    window.all_due()
    assert list(window.due()) == entries
    assert not list(window.due())


def test_a_segment_that_is_delivered_again_leaves_the_window() -> None:
    window = Window(messages_max=10, bytes_max=100)
    one, other = feed(), feed()
    window.add(one, message())
    kept = window.add(other, message())
    window.remove_feed(one)
    assert len(window) == 1
    assert window.remove(kept.number) is kept

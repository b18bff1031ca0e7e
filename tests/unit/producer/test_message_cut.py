"""Cutting messages out of segments: whole lines, bounded, the same again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.journals import identity

from benchwire.producer.journal.layout import SegmentName
from benchwire.producer.journal.sent import SentLog
from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.message import Message, cut_message

NAME = SegmentName("runner", 7, 0, 0, "abcd")


def line(seq: int, size: int) -> bytes:
    """Something that looks like an event as far as cutting is concerned."""
    head = b'{"emitter":"a","seq":%d,"data":"' % seq
    return head + b"x" * max(size - len(head) - 3, 0) + b'"}\n'


def segment_of(directory: Path, sizes: list[int]) -> tuple[Path, bytes]:
    path = directory / NAME.file_name
    raw = b"".join(line(seq, size) for seq, size in enumerate(sizes))
    path.write_bytes(raw)
    return path, raw


def read_all(path: Path, *, events_max: int = 256, bytes_max: int = 4_096) -> list[Message]:
    feed = Feed(path, identity(), NAME, size=path.stat().st_size)
    messages: list[Message] = []
    while feed.unread:
        got = feed.read(events_max=events_max, bytes_max=bytes_max)
        assert got
        messages += got
    return messages


@given(st.lists(st.integers(40, 3_000), min_size=1, max_size=60), st.integers(1, 10))
def test_messages_hold_every_line_once_within_their_limits(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], events_max: int
) -> None:
    directory = tmp_path_factory.mktemp("cut")
    path, raw = segment_of(directory, sizes)
    messages = read_all(path, events_max=events_max, bytes_max=2_000)
    assert b"".join(message.payload + b"\n" for message in messages) == raw
    seq = 0
    for message in messages:
        assert message.first_seq == seq
        assert message.last_seq == seq + message.n_events - 1
        seq = message.last_seq + 1
        assert message.n_events <= events_max
        assert len(message.payload) <= 2_000 or message.n_events == 1


def test_a_line_longer_than_a_message_travels_alone(tmp_path: Path) -> None:
    path, _ = segment_of(tmp_path, [100, 100, 900_000, 100])
    assert [message.n_events for message in read_all(path)] == [2, 1, 1]


def test_a_segment_is_cut_at_the_same_places_again(tmp_path: Path) -> None:
    path, raw = segment_of(tmp_path, [100] * 50)
    whole = path.read_bytes()
    ends: list[int] = []
    # As a live segment grows, the cuts fall where the writer happened to be.
    feed = Feed(path, identity(), NAME, size=0)
    for events in (3, 1, 20, 26):
        feed.size += 100 * events
        ends += [message.end for message in feed.read(events_max=256, bytes_max=4_096)]
    assert len(ends) == 4
    assert [message.end for message in read_all(path)] == ends
    assert whole == raw


def test_cuts_that_a_smaller_server_would_refuse_are_made_smaller(tmp_path: Path) -> None:
    path, raw = segment_of(tmp_path, [100] * 50)
    assert len(read_all(path, bytes_max=5_000)) == 1
    smaller = read_all(path, bytes_max=1_000)
    assert all(len(message.payload) <= 1_000 for message in smaller)
    assert b"".join(message.payload + b"\n" for message in smaller) == raw


def test_a_damaged_list_of_cuts_is_ignored(tmp_path: Path) -> None:
    path, _ = segment_of(tmp_path, [100] * 5)
    path.with_suffix(".sent").write_bytes(b"\xff" * 20 + b"\x01" * 17)
    assert SentLog(path).ends == []
    assert len(read_all(path)) == 1


def test_an_incomplete_line_is_not_cut() -> None:
    assert cut_message(b'{"seq":1', 0, 0, events_max=10, bytes_max=100) is None

"""What the journal keeps after delivery, and what it forgets."""

import os
import time
from pathlib import Path

from benchwire.producer.journal.acknowledged import Acknowledgement, StreamState
from benchwire.producer.journal.layout import SegmentName, sidecar
from benchwire.producer.journal.retention import retire_segments


def delivered(journal: Path, number: int, *, age_seconds: float, size: int = 100) -> Path:
    directory = journal / f"run-{number}"
    directory.mkdir(parents=True, exist_ok=True)
    segment = directory / SegmentName("runner", number, 0, 0, "ab").file_name
    segment.write_bytes(b"x" * size)
    sidecar(segment, ".sent").write_bytes(b"")
    Acknowledgement("S", "t0", 5, size, time.time() - age_seconds).write(segment)
    return segment


def test_acknowledged_segments_are_kept_for_a_while(tmp_path: Path) -> None:
    young = delivered(tmp_path, 1, age_seconds=60)
    old = delivered(tmp_path, 2, age_seconds=700)
    assert retire_segments(tmp_path, keep_seconds=600, keep_bytes=10**9) == 1
    assert young.exists()
    assert not old.parent.exists()


def test_the_oldest_go_first_when_there_are_too_many_bytes(tmp_path: Path) -> None:
    segments = [delivered(tmp_path, n, age_seconds=n, size=100) for n in range(10)]
    retire_segments(tmp_path, keep_seconds=600, keep_bytes=350)
    assert [segment.exists() for segment in segments] == [True] * 3 + [False] * 7


def test_undelivered_segments_are_never_touched(tmp_path: Path) -> None:
    segment = delivered(tmp_path, 1, age_seconds=10**6)
    sidecar(segment, ".ack").unlink()
    retire_segments(tmp_path, keep_seconds=0, keep_bytes=0)
    assert segment.exists()


def test_an_unreadable_acknowledgement_is_none(tmp_path: Path) -> None:
    segment = delivered(tmp_path, 1, age_seconds=10**6)
    for text in (b"", b"{}", b"[1]", b"nonsense"):
        sidecar(segment, ".ack").write_bytes(text)
        assert Acknowledgement.read(segment) is None
    retire_segments(tmp_path, keep_seconds=0, keep_bytes=0)
    assert segment.exists()


def test_hidden_segments_of_dead_writers_and_old_torn_tails_are_swept(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    directory.mkdir()
    hidden, torn = directory / ".a~1~0~0~b.seg.new", directory / "a~1~0~0~b.torn"
    for path, age_days in ((hidden, 1), (torn, 8)):
        path.write_bytes(b"")
        then = time.time() - age_days * 86_400
        os.utime(path, (then, then))
    fresh = directory / ".c~1~0~0~b.seg.new"
    fresh.write_bytes(b"")
    retire_segments(tmp_path, keep_seconds=600, keep_bytes=10**9)
    assert list(directory.iterdir()) == [fresh]


def test_an_acknowledgement_survives_its_file(tmp_path: Path) -> None:
    segment = tmp_path / SegmentName("runner", 1, 0, 0, "ab").file_name
    written = Acknowledgement.now(StreamState("S", "t0", 9), 7, 100)
    written.write(segment)
    assert Acknowledgement.read(segment) == written


def test_a_stream_that_went_back_or_was_replaced_has_lost_what_it_acknowledged() -> None:
    held = Acknowledgement("S", "t0", 7, 100, 0.0)
    assert not StreamState("S", "t0", 7).has_lost(held)
    assert StreamState("S", "t0", 6).has_lost(held)
    assert StreamState("S", "t1", 100).has_lost(held)
    assert not StreamState("S", "", 100).has_lost(held)

"""The segment writer: whole lines or nothing, and room for the last words."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path

import pytest

from benchwire.producer.journal.layout import SegmentName
from benchwire.producer.journal.segment import SPARE_BYTES, SegmentWriter
from benchwire.producer.journal.space import reserve

RESERVE = "benchwire.producer.journal.segment.reserve"
NAME = SegmentName("runner", 7, 0, 0, "abcd")


_write = os.write


def write_in_part(fd: int, line: bytes) -> int:
    """As a full disk does."""
    return _write(fd, line[:3])


def writer_in(directory: Path) -> SegmentWriter:
    return SegmentWriter(directory, NAME)


def append_until_full(writer: SegmentWriter, line: bytes) -> None:
    """Append until the first line that finds no room."""
    with contextlib.suppress(OSError):
        while True:
            writer.append(line)


def test_a_segment_is_hidden_until_revealed(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    writer.append(b"one\n")
    assert not list(tmp_path.glob("*.seg"))
    writer.reveal()
    assert writer.path.read_bytes() == b"one\n"


def test_a_segment_without_a_line_disappears_on_close(tmp_path: Path) -> None:
    writer_in(tmp_path).close()
    assert not list(tmp_path.iterdir())


def test_the_file_is_locked_while_the_writer_lives(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    writer.append(b"one\n")
    writer.reveal()
    with writer.path.open("rb") as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        writer.close()
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_partial_write_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_in(tmp_path)
    writer.append(b"one\n")
    writer.reveal()
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write_in_part)
        with pytest.raises(OSError, match="in part"):
            writer.append(b"second line\n")
    assert writer.path.read_bytes() == b"one\n"
    writer.append(b"two\n")
    assert writer.path.read_bytes() == b"one\ntwo\n"
    assert writer.size == 8


def test_a_partial_line_that_cannot_be_removed_is_removed_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_in(tmp_path)
    writer.append(b"one\n")
    writer.reveal()

    def fail(*_arguments: object) -> None:
        raise OSError(errno.EIO, "I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write_in_part)
        patched.setattr(os, "ftruncate", fail)
        with pytest.raises(OSError, match="I/O error"):
            writer.append(b"second line\n")
    writer.append(b"two\n")
    assert writer.path.read_bytes() == b"one\ntwo\n"


def test_ordinary_lines_leave_the_spare_room_to_the_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_in(tmp_path)
    line = b"x" * 1023 + b"\n"

    def full(*_arguments: object) -> bool:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(RESERVE, full)
    append_until_full(writer, line)
    for _ in range(SPARE_BYTES // len(line)):
        writer.append_last_words(line)
    assert (tmp_path / f".{NAME.file_name}.new").stat().st_size == writer.size


def test_less_room_than_the_usual_step_is_used_up_before_an_event_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 40_000

    def nearly_full(fd: int, offset: int, length: int) -> bool:
        if offset + length > room:
            raise OSError(errno.ENOSPC, "no space")
        return reserve(fd, offset, length)

    monkeypatch.setattr(RESERVE, nearly_full)
    writer = writer_in(tmp_path)
    append_until_full(writer, b"x" * 999 + b"\n")
    assert room - SPARE_BYTES - 1_000 < writer.size <= room - SPARE_BYTES


def test_closing_gives_back_reserved_room(tmp_path: Path) -> None:
    writer = writer_in(tmp_path)
    writer.append(b"one\n")
    writer.reveal()
    assert writer.path.stat().st_blocks * 512 >= SPARE_BYTES
    writer.close()
    assert writer.path.stat().st_blocks * 512 <= 4096


@pytest.mark.parametrize("written", [b"two\n", b"tw", b""])
def test_an_interrupted_write_is_settled(tmp_path: Path, written: bytes) -> None:
    landed = written == b"two\n"
    writer = writer_in(tmp_path)
    writer.append(b"one\n")
    writer.reveal()
    with writer.path.open("ab") as file:
        file.write(written)
    assert writer.settle(4, 4) is landed
    assert writer.path.read_bytes() == (b"one\ntwo\n" if landed else b"one\n")
    assert writer.size == writer.path.stat().st_size

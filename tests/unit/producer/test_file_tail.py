"""Lines of a file that is still written come once each, whole, whatever happens to the file."""

from pathlib import Path

import pytest

from benchwire.producer import file_tail
from benchwire.producer.file_tail import FileTail


def texts(tail: FileTail, *, to_end: bool = False) -> list[bytes | None]:
    return [line for _, line in tail.lines(to_end=to_end)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


def test_a_file_that_is_not_there_yet_has_no_lines(path: Path) -> None:
    tail = FileTail(path)
    assert texts(tail) == []
    append(path, b"one\n")
    assert texts(tail) == [b"one"]


def test_a_line_comes_when_it_is_complete(path: Path) -> None:
    tail = FileTail(path)
    append(path, b"one\ntw")
    assert texts(tail) == [b"one"]
    append(path, b"o\nthree\n")
    assert list(tail.lines()) == [(2, b"two"), (3, b"three")]
    assert texts(tail) == []


def test_at_the_end_the_last_line_needs_no_newline(path: Path) -> None:
    tail = FileTail(path)
    append(path, b"one\ntwo")
    assert texts(tail, to_end=True) == [b"one", b"two"]
    assert texts(tail, to_end=True) == []


def test_a_file_cut_short_or_replaced_is_read_anew(path: Path) -> None:
    tail = FileTail(path)
    append(path, b"one\ntwo\n")
    assert texts(tail) == [b"one", b"two"]
    path.write_bytes(b"new\n")
    assert texts(tail) == [b"new"]
    path.unlink()
    append(path, b"other\nfile\n")
    assert list(tail.lines()) == [(1, b"other"), (2, b"file")]
    assert tail.n_restarts == 2


def test_a_line_too_long_to_hold_is_given_up_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_tail, "LINE_BYTES_MAX", 10)
    monkeypatch.setattr(file_tail, "_PIECE_BYTES", 4)
    tail = FileTail(path)
    append(path, b"short\n" + b"x" * 100 + b"\nshort again\nend\n")
    assert texts(tail) == [b"short", None, b"short again", b"end"]


def test_a_fast_writer_is_read_in_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_tail, "READ_BYTES_MAX", 8)
    monkeypatch.setattr(file_tail, "_PIECE_BYTES", 4)
    tail = FileTail(path)
    append(path, b"".join(b"%d\n" % number for number in range(9)))
    assert texts(tail) == [b"0", b"1", b"2", b"3"]
    assert texts(tail, to_end=True) == [b"4", b"5", b"6", b"7", b"8"]


def test_a_directory_in_its_place_has_no_lines(path: Path) -> None:
    path.mkdir()
    assert texts(FileTail(path)) == []

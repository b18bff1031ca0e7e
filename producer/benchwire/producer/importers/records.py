"""Reads JSON records one at a time from files that may be broken, pretty-printed or huge.

Memory is bounded by the largest single record, whatever the size of the file. What cannot be
read is yielded as a :class:`BrokenRecord` with its line, and reading goes on behind it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

import msgspec

RECORD_BYTES_MAX: Final = 64 * 1024 * 1024
"""Longest record that is held in memory; JetStream and ClickHouse take far smaller ones."""

_SEPARATORS: Final = b" \t\r\n,[]\x1e\xef\xbb\xbf"
"""What may stand between records: white space, a JSON array around them, JSON-seq, a BOM."""
_STRUCTURE: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}]', re.DOTALL)
"""A whole string, else a lone quote (a string without its end), else a brace."""
_RECORD_START: Final = b'{"type":"'


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object and the line it starts on, counted from 1."""

    line_no: int
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """Bytes that are no JSON object, and why."""

    line_no: int
    reason: str


def read_records(
    stream: BinaryIO,
    *,
    size_bytes: int | None = None,
    on_bytes: Callable[[bytes], object] | None = None,
) -> Iterator[Record | BrokenRecord]:
    """Yield the JSON objects of ``stream``: one per line, concatenated, or pretty-printed.

    Args:
        stream: Where to read, positioned at its start.
        size_bytes: Read no further than this, so that a growing file reads the same twice.
        on_bytes: Called with every chunk read, e.g. to hash the file on the way.
    """
    pending: _Pending | None = None
    for line_no, line in _lines(stream, size_bytes, on_bytes):
        if line is None:
            yield BrokenRecord(line_no, f"line longer than {RECORD_BYTES_MAX} bytes")
            pending = None
            continue
        if pending is None and (value := _decode(line)) is not None:
            yield Record(line_no, value)  # the common case: one whole object per line
            continue
        if pending is not None and pending.ends_before(line):
            yield BrokenRecord(pending.line_no, "record breaks off")
            yield from _salvage(pending.line_no, pending.text)
            pending = None
        found, pending = _continue(line_no, line, pending)
        yield from found
    if pending is not None:
        yield BrokenRecord(pending.line_no, "file ends in the middle of a record")


def record_of_line(line_no: int, line: bytes) -> Record | BrokenRecord:
    """Read a line that holds one object, as a log that is still written has them."""
    value = _decode(line)
    return BrokenRecord(line_no, "not a JSON object") if value is None else Record(line_no, value)


def _lines(
    stream: BinaryIO, size_bytes: int | None, on_bytes: Callable[[bytes], object] | None
) -> Iterator[tuple[int, bytes | None]]:
    """Yield numbered lines; ``None`` stands for one that is too long to hold."""
    left = size_bytes if size_bytes is not None else -1
    line_no = 0
    too_long = False
    while left:
        limit = RECORD_BYTES_MAX if left < 0 else min(left, RECORD_BYTES_MAX)
        line = stream.readline(limit)
        if not line:
            return
        left -= len(line) if left > 0 else 0
        if on_bytes is not None:
            on_bytes(line)
        continued, too_long = too_long, len(line) == RECORD_BYTES_MAX and line[-1:] != b"\n"
        if continued:
            continue
        line_no += 1
        yield line_no, None if too_long else line


class _Pending:
    """A record that goes on over several lines."""

    def __init__(self, line_no: int) -> None:
        self.line_no = line_no
        self._parts: list[bytes] = []
        self._size_bytes = 0
        self._depth = 0

    def feed(self, text: bytes) -> tuple[bytes, bytes] | None:
        """Take more text; the whole record and what follows it, once it is complete.

        Raises:
            ValueError: The text cannot be part of a JSON object.
        """
        self._size_bytes += len(text)
        if self._size_bytes > RECORD_BYTES_MAX:
            raise ValueError(f"record longer than {RECORD_BYTES_MAX} bytes")
        for match in _STRUCTURE.finditer(text):
            token = match[0]
            if token == b'"':
                raise ValueError("not JSON: a string without its end")
            if token == b"{":
                self._depth += 1
            elif token == b"}":
                self._depth -= 1
                if self._depth == 0:
                    self._parts.append(text[: match.end()])
                    return self.text, text[match.end() :]
        self._parts.append(text)
        return None

    @property
    def text(self) -> bytes:
        """What was taken so far."""
        return b"".join(self._parts)

    def ends_before(self, line: bytes) -> bool:
        """Tell whether ``line`` begins a new record, so that this one was cut off.

        Inside a pretty-printed object lines are indented; an object in the first column is
        nested only where a list or a value is open.
        """
        if not line.startswith(b"{"):
            return False
        nested = self._parts[-1].rstrip()[-1:] in b"[,:"
        return not nested or _is_event(_decode(line))


def _continue(
    line_no: int, line: bytes, pending: _Pending | None
) -> tuple[list[Record | BrokenRecord], _Pending | None]:
    """Read a line that is not exactly one object: the slow path."""
    found: list[Record | BrokenRecord] = []
    text = line
    while True:
        if pending is None:
            text = text.lstrip(_SEPARATORS)
            if not text:
                return found, None
            if not text.startswith(b"{"):
                found.append(BrokenRecord(line_no, "not a JSON object"))
                return found, None
            pending = _Pending(line_no)
        try:
            complete = pending.feed(text)
        except ValueError as error:
            found.append(BrokenRecord(pending.line_no, str(error)))
            found.extend(_salvage(line_no, text))
            return found, None
        if complete is None:
            return found, pending
        piece, text = complete
        value = _decode(piece)
        found.append(
            BrokenRecord(pending.line_no, "not JSON")
            if value is None
            else Record(pending.line_no, value)
        )
        pending = None


def _salvage(line_no: int, text: bytes) -> Iterator[Record]:
    """Find the whole record behind a torn one: a crash leaves no newline between the two."""
    start = text.find(_RECORD_START, 1)
    while start > 0:
        value = _decode(text[start:])
        if value is not None and _is_event(value):
            yield Record(line_no, value)
            return
        start = text.find(_RECORD_START, start + 1)


def _is_event(value: dict[str, Any] | None) -> bool:
    return (
        value is not None
        and isinstance(value.get("type"), str)
        and isinstance(value.get("data"), dict)
    )


def _decode(text: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _decode_leniently(text)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _decode_leniently(text: bytes) -> object:
    """Accept what JavaScript writes and strict JSON readers refuse: lone surrogates."""
    if b"\\u" not in text:
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")

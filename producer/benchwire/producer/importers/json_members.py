"""Reads one large JSON object member by member, without ever holding all of it.

Chosen arrays are handed out item by item, so memory is bounded by the largest single member or
item, whatever the size of the file.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import msgspec

from benchwire.producer.importers.records import RECORD_BYTES_MAX

_CHUNK_BYTES: Final = 1 << 20
_SCALAR_BYTES_MAX: Final = 1 << 16
"""Longest number or name of a constant."""
_SUBSTANCE: Final = re.compile(rb"[^ \t\r\n,]")
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
"""A whole string, a lone quote (a string whose end is not read yet), or a bracket."""
_SCALAR_END: Final = re.compile(rb"[,\]}\s]")


class NotAnObject(ValueError):  # noqa: N818 - a fact about the text
    """The text is no JSON object, or breaks off."""


def read_members(
    stream: BinaryIO,
    *,
    itemwise: frozenset[str] = frozenset(),
    skip: frozenset[str] = frozenset(),
    on_bytes: Callable[[bytes], object] | None = None,
) -> Iterator[tuple[str, Any]]:
    """Yield the members of the object in ``stream`` as (key, value), in their order.

    Args:
        stream: Where to read, positioned at its start.
        itemwise: Keys whose arrays are yielded item by item, each under the array's key.
        skip: Keys whose values are passed over undecoded; they are yielded as None.
        on_bytes: Called with every chunk read.

    Raises:
        NotAnObject: The text is something else, or breaks off; what came before was yielded.
    """
    text = _Text(stream, on_bytes)
    if text.peek() == b"\xef":  # a byte order mark
        text.take(3)
    if text.peek() != b"{":
        raise NotAnObject("not a JSON object")
    text.take(1)
    while text.peek() != b"}":
        key = _decoded(text.value())
        if not isinstance(key, str) or text.peek() != b":":
            raise NotAnObject("not JSON: a member without a name")
        text.take(1)
        if key in itemwise and text.peek() == b"[":
            text.take(1)
            while text.peek() != b"]":
                yield key, _decoded(text.value())
            text.take(1)
        else:
            raw = text.value(keep=key not in skip)
            yield key, None if key in skip else _decoded(raw)


class _Text:
    """The part of the stream at hand, refilled as needed."""

    def __init__(self, stream: BinaryIO, on_bytes: Callable[[bytes], object] | None) -> None:
        self._stream = stream
        self._on_bytes = on_bytes
        self._text = b""
        self._at = 0

    def peek(self) -> bytes:
        """The next byte that is neither white space nor a comma."""
        while (match := _SUBSTANCE.search(self._text, self._at)) is None:
            self._at = len(self._text)
            if not self._refill():
                raise NotAnObject("breaks off")
        self._at = match.start()
        return match[0]

    def take(self, n_bytes: int) -> None:
        """Pass over bytes that were peeked at."""
        self._at += n_bytes

    def value(self, *, keep: bool = True) -> bytes:
        """Take the next value as it stands; empty if it is not to be kept."""
        if self.peek() not in b'"{[':
            return self._scalar()
        depth, scanned = 0, self._at
        while True:
            found = None
            for match in _TOKEN.finditer(self._text, scanned):
                token = match[0]
                if token == b'"':
                    break
                scanned = match.end()
                depth += (token in b"{[") - (token in b"}]")
                if depth == 0:
                    found = scanned
                    break
            if found is not None:
                raw, self._at = self._text[self._at : found] if keep else b"", found
                return raw
            if not keep:
                self._at = scanned
            if len(self._text) - self._at > RECORD_BYTES_MAX:
                raise NotAnObject(f"a value longer than {RECORD_BYTES_MAX} bytes")
            dropped = self._at
            if not self._refill():
                raise NotAnObject("breaks off")
            scanned -= dropped

    def _scalar(self) -> bytes:
        while (end := _SCALAR_END.search(self._text, self._at)) is None:
            if len(self._text) - self._at > _SCALAR_BYTES_MAX or not self._refill():
                raise NotAnObject("breaks off")
        raw, self._at = self._text[self._at : end.start()], end.start()
        return raw

    def _refill(self) -> bool:
        """Drop what was taken and read on; False at the end of the stream."""
        chunk = self._stream.read(max(_CHUNK_BYTES, len(self._text) - self._at))
        if chunk and self._on_bytes is not None:
            self._on_bytes(chunk)
        self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:  # what other writers allow themselves: lone surrogates, NaN
        return json.loads(raw, parse_constant=_absent)
    except (ValueError, RecursionError):
        raise NotAnObject("not JSON") from None


def _absent(_constant: str) -> None:
    """Take NaN and the infinities for what they say: nothing."""

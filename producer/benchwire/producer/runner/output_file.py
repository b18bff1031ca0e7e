"""Keeps what a process prints: secrets removed, its beginning and its end, and no more."""

import codecs
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from benchwire.schemas.redaction import Redactor

HEAD_BYTES_MAX: Final = 8 * 1024 * 1024
"""So much of the beginning is kept …"""
TAIL_BYTES_MAX: Final = 256 * 1024
"""… and so much of the end, where errors stand."""
LINE_CHARS_MAX: Final = 64 * 1024
"""A longer line is written in pieces …"""
_HELD_BACK_CHARS: Final = 8 * 1024
"""… of which the end waits for the next one: a secret may reach across."""
_HELD_BACK_BYTES: Final = 8 * 1024
"""So much of the end is held beyond what is kept of it, for the same reason."""


class OutputFile:
    """A file that output is written to as it comes; readable while it grows."""

    def __init__(
        self,
        path: Path,
        redactor: Redactor,
        *,
        head_bytes_max: int = HEAD_BYTES_MAX,
        tail_bytes_max: int = TAIL_BYTES_MAX,
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.left_out_bytes = 0
        """What was printed and is not kept."""
        self._file = path.open("wb", buffering=0)
        self._redactor = redactor
        self._head_bytes_left = head_bytes_max
        self._tail_bytes_max = tail_bytes_max
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._pending = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, output: bytes) -> None:
        """Take the next piece of output."""
        if self._head_bytes_left == 0:
            self._keep_end(output)
            return
        self._pending += self._decoder.decode(output)
        end = self._pending.rfind("\n") + 1
        if end:
            whole, self._pending = self._pending[:end], self._pending[end:]
            self._keep(self._redactor.text(whole))
        elif len(self._pending) > LINE_CHARS_MAX:
            clean = self._redactor.text(self._pending)
            self._keep(clean[:-_HELD_BACK_CHARS])
            self._pending = clean[-_HELD_BACK_CHARS:]
        if self._head_bytes_left == 0:
            unread, _ = self._decoder.getstate()
            self._keep_end(self._pending.encode() + unread)
            self._pending = ""

    def close(self) -> None:
        """Write what is left, and the kept end of what was too long."""
        if self._file.closed:
            return
        if self._head_bytes_left:
            last = self._pending + self._decoder.decode(b"", final=True)
            self._keep(self._redactor.text(last))
            self._pending = ""
        end = self._clean_end()
        if self.left_out_bytes:
            self._file.write(f"\n[… {self.left_out_bytes} bytes left out …]\n".encode())
        self._file.write(end)
        self._file.close()

    def last_words(self, chars_max: int = 2_000) -> str:
        """The end of the output, for an error message."""
        with self.path.open("rb") as file:
            size_bytes = file.seek(0, 2)
            file.seek(max(0, size_bytes - 4 * chars_max))
            return file.read().decode(errors="replace").strip()[-chars_max:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _keep(self, text: str) -> None:
        clean = text.encode()
        head = clean[: self._head_bytes_left]
        if head:
            self._file.write(head)
            self._head_bytes_left -= len(head)
        self._keep_end(clean[len(head) :])

    def _keep_end(self, output: bytes) -> None:
        # As it is: cleaning what is dropped again would hold up a program that prints much.
        self._tail.append(output)
        self._tail_bytes += len(output)
        enough = self._tail_bytes_max + _HELD_BACK_BYTES
        while self._tail_bytes - len(self._tail[0]) >= enough:
            dropped = len(self._tail.popleft())
            self._tail_bytes -= dropped
            self.left_out_bytes += dropped

    def _clean_end(self) -> bytes:
        clean = self._redactor.text(b"".join(self._tail).decode(errors="replace")).encode()
        # The end begins anywhere, so perhaps within a secret, which is not recognised then.
        first = _HELD_BACK_BYTES if self.left_out_bytes else 0
        end = clean[max(first, len(clean) - self._tail_bytes_max) :]
        self.left_out_bytes += len(clean) - len(end)
        return end

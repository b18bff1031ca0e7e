"""Reads the lines of a file that another program is still writing."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LINE_BYTES_MAX: Final = 64 * 1024 * 1024
"""A longer line is given up."""
READ_BYTES_MAX: Final = 8 * 1024 * 1024
"""So much is read at a time, so that a fast writer does not hold up everything else."""
_PIECE_BYTES: Final = 1 << 20


class FileTail:
    """Gives the lines of a file as they are completed. The file may not be there yet.

    A file that was replaced, or cut shorter than what was read of it, is read from its beginning
    again; a line that has no end yet waits for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line_no = 0
        """Lines given so far."""
        self.n_restarts = 0
        """How often the file began anew."""
        self._fd: int | None = None
        self._read_bytes = 0
        self._pending = b""
        self._too_long = False

    def lines(self, *, to_end: bool = False) -> Iterator[tuple[int, bytes | None]]:
        """Yield new lines with their numbers; None stands for one that is too long.

        Args:
            to_end: The writer is done: read all, and give the last line even without its end.
        """
        self._follow()
        if self._fd is None:
            return
        left = READ_BYTES_MAX
        while to_end or left > 0:
            try:
                piece = os.read(self._fd, _PIECE_BYTES)
            except OSError:  # no file, whatever it is
                break
            if not piece:
                break
            left -= len(piece)
            self._read_bytes += len(piece)
            yield from self._split(piece)
        if to_end:
            if self._pending or self._too_long:
                yield self._line(self._pending)
            self._pending, self._too_long = b"", False

    def close(self) -> None:
        """Let go of the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _split(self, piece: bytes) -> Iterator[tuple[int, bytes | None]]:
        *lines, rest = piece.split(b"\n")
        for number, line in enumerate(lines):
            yield self._line(self._pending + line if number == 0 else line)
            self._pending, self._too_long = b"", False
        self._pending += rest
        if len(self._pending) > LINE_BYTES_MAX:
            self._pending, self._too_long = b"", True

    def _line(self, line: bytes) -> tuple[int, bytes | None]:
        self.line_no += 1
        return self.line_no, None if self._too_long else line

    def _follow(self) -> None:
        """Open the file once it is there, and again when it is another one."""
        try:
            found = self.path.stat()
        except OSError:
            return
        if self._fd is not None:
            known = os.fstat(self._fd)
            same = (found.st_dev, found.st_ino) == (known.st_dev, known.st_ino)
            if same and found.st_size >= self._read_bytes:
                return
            self.close()
            self.n_restarts += 1
            self.line_no = self._read_bytes = 0
            self._pending, self._too_long = b"", False
        try:
            self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return

"""A command on a terminal of its own: what it writes, what it is typed, how it leaves it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

SECONDS = 20.0


class PseudoTerminal:
    """Runs one command on a terminal of so many columns and rows."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], *, columns: int = 80, rows: int = 24
    ) -> None:
        self._command, self._env = command, env
        self._size = struct.pack("HHHH", rows, columns, 0, 0)
        self.written = b""
        """Everything it has written."""

    def __enter__(self) -> Self:
        self._ours, self._its = pty.openpty()
        fcntl.ioctl(self._its, termios.TIOCSWINSZ, self._size)
        self._before = self.attributes
        self.process = subprocess.Popen(
            self._command,
            stdin=self._its,
            stdout=self._its,
            stderr=self._its,
            env={**self._env, "TERM": "xterm-256color"},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._its)

    @property
    def attributes(self) -> list[Any]:
        """How the terminal is set."""
        return termios.tcgetattr(self._its)

    @property
    def is_given_back(self) -> bool:
        """Whether it is set as it was before, and the last thing was to leave the second screen."""
        return self.attributes == self._before and self.written.rstrip().endswith(b"\x1b[?1049l")

    def shows(self, text: str) -> bool:
        """Wait until it has written a text since this was last asked."""
        seen = len(self.written)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            self._read(0.05)
            if text.encode() in self.written[seen:]:
                return True
        return False

    def types(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def ends(self) -> int:
        """Wait for its end and return its exit code."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read(0.05)
        self._read(0.05)
        assert self.process.returncode is not None, self.written[-2_000:]
        return self.process.returncode

    def _read(self, seconds: float) -> None:
        while select.select([self._ours], [], [], seconds)[0]:
            self.written += os.read(self._ours, 65_536)
            seconds = 0.0

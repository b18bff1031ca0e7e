"""A terminal taken over for a while: its second screen, single keys, and everything given back."""

import contextlib
import os
import signal
import sys
import tempfile
import termios
import tty
from collections.abc import Generator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

KEPT_BYTES_MAX: Final = 16 * 1024
"""So much of what was meant for standard error is shown afterwards."""
_ENTER: Final = "\x1b[?1049h\x1b[?25l\x1b[2J"
"""The alternate screen, without a cursor, empty."""
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"
_HOME: Final = "\x1b[H"
_REST_OF_LINE: Final = "\x1b[K"
_REST_OF_SCREEN: Final = "\x1b[J"


class Terminal:
    """Draws frames; made by `taken_over`."""

    def __init__(self, console: Console, keys: int | None) -> None:
        self.keys = keys
        """File descriptor that keys are read from; None without a keyboard."""
        self._console = console
        self._drawn = ""
        self._attributes = termios.tcgetattr(keys) if keys is not None else None

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows, as they are now."""
        size = self._console.size
        return size.width, size.height

    def enter(self) -> None:
        """Take the terminal over."""
        if self.keys is not None:
            tty.setcbreak(self.keys)
        self._drawn = ""
        self._write(_ENTER)

    def leave(self) -> None:
        """Give it back as it was; harmless to repeat."""
        self._write(_LEAVE)
        if self.keys is not None and self._attributes is not None:
            termios.tcsetattr(self.keys, termios.TCSADRAIN, self._attributes)

    def draw(self, lines: Sequence[Text]) -> None:
        """Show a frame; nothing is sent if it is the one that is there."""
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, no_wrap=True, overflow="crop", crop=True, end="\n")
        rows = captured.get().rstrip("\n").split("\n")
        text = f"{_REST_OF_LINE}\r\n".join(rows) + _REST_OF_LINE + _REST_OF_SCREEN
        if text != self._drawn:
            self._drawn = text
            self._write(_HOME + text)

    def redraw(self) -> None:
        """Draw the next frame whatever is there."""
        self._drawn = ""

    def stop_for_a_while(self) -> None:
        """Do what Ctrl-Z asks for: give the terminal back, stop, and take it over again."""
        self.leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        self.enter()

    def _write(self, text: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(text)
            sys.stdout.flush()


@contextlib.contextmanager
def taken_over(console: Console) -> Generator[Terminal]:
    """Yield the terminal; however the block ends, it is given back."""
    keys = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    terminal = Terminal(console, keys)
    with _messages_kept():
        try:
            terminal.enter()
            yield terminal
        finally:
            terminal.leave()


@contextlib.contextmanager
def _messages_kept() -> Generator[None]:
    """Keep log lines of this process and its engines off the screen; show the last ones after it.

    By file descriptor, because an engine's own threads and children write there too.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    number = sys.stderr.fileno()
    with tempfile.TemporaryFile() as kept:
        before = os.dup(number)
        os.dup2(kept.fileno(), number)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(before, number)
            os.close(before)
            kept.seek(max(0, kept.seek(0, os.SEEK_END) - KEPT_BYTES_MAX))
            os.write(number, kept.read())

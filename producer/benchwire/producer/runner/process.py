"""Runs one program for a trial: bounded in time and output, and nothing of it outlives the runner.

The program is started by a guard (:mod:`.process_guard`) which ends it, with everything it has
started, when the time is up, when the trial is cancelled, or when the runner is gone.
"""

import contextlib
import errno
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.runner.output_file import OutputFile
from benchwire.schemas.errors import BenchwireError

TICK_SECONDS: Final = 0.1
"""How often whoever watches the program's files is called, and a cancellation is looked for."""
GRACE_SECONDS: Final = 5.0
"""From SIGTERM to SIGKILL."""
_DRAIN_SECONDS: Final = 1.0
"""After the program's end: how long its output may still come out of the pipe."""
_READ_BYTES: Final = 1 << 16
_GUARD: Final = str(Path(__file__).with_name("process_guard.py"))

EndedBy = Literal["itself", "timeout", "cancel"]


class ProgramNotStarted(BenchwireError):  # noqa: N818 - a fact about a program
    """The operating system did not start a program."""

    def __init__(self, program: str, error_number: int) -> None:
        super().__init__(
            f"cannot start {program}: {os.strerror(error_number)}",
            hint="install it, or give its path; PATH is that of the runner unless `env` sets it",
        )
        self.error_number = error_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run."""

    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    stdin: str = ""
    """Text on its standard input."""
    timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramEnd:
    """How a program ended."""

    exit_code: int | None
    """128 + n after signal n; None if it could not be killed."""
    ended_by: EndedBy
    seconds: float


def shell(command: str) -> tuple[str, ...]:
    """The command line that runs a text in the shell."""
    return ("/bin/sh", "-c", command)


def run_program(
    program: Program,
    output: OutputFile,
    cancel: Cancellation,
    on_tick: Callable[[], object] = lambda: None,
) -> ProgramEnd:
    """Run a program to its end, or end it; ``on_tick`` is called about every 0.1 s meanwhile.

    Standard output and error go into ``output``, in the order in which they come.

    Raises:
        ProgramNotStarted: There is no such program, or it may not be run.
    """
    began = time.monotonic()
    with _Guarded(program, output) as guarded:
        try:
            ended_by = _watch(guarded, program, cancel, on_tick, began)
        except BaseException:
            guarded.kill()
            raise
        guarded.drain()
    return ProgramEnd(
        exit_code=guarded.exit_code, ended_by=ended_by, seconds=time.monotonic() - began
    )


def _watch(
    guarded: "_Guarded",
    program: Program,
    cancel: Cancellation,
    on_tick: Callable[[], object],
    began: float,
) -> EndedBy:
    ended_by: EndedBy = "itself"
    killed = False
    while guarded.poll(TICK_SECONDS):
        if ended_by == "itself" and cancel.asked:
            ended_by = "cancel"
            guarded.terminate()
        elif ended_by == "itself" and time.monotonic() - began >= program.timeout_seconds:
            ended_by = "timeout"
            guarded.terminate()
        if cancel.at_once and not killed:
            killed = True
            guarded.kill()
        on_tick()
    return ended_by


class _Guarded:
    """A program under its guard, and the pipes between guard and runner."""

    def __init__(self, program: Program, output: OutputFile) -> None:
        self.exit_code: int | None = None
        self._name = program.command[0]
        self._output = output
        self._said = b""
        self._selector = selectors.DefaultSelector()
        lifeline, self._lifeline = os.pipe()
        self._status, status = os.pipe()
        try:
            with tempfile.TemporaryFile() as stdin:
                stdin.write(program.stdin.encode())
                stdin.seek(0)
                arguments = (str(lifeline), str(status), str(GRACE_SECONDS))
                self._guard = subprocess.Popen(
                    [sys.executable, "-I", "-S", _GUARD, *arguments, *program.command],
                    cwd=program.cwd,
                    env=dict(program.env),
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=(lifeline, status),
                    start_new_session=True,
                )
        except BaseException as error:
            os.close(self._lifeline)
            os.close(self._status)
            if isinstance(error, OSError) and error.errno == errno.E2BIG:  # a very long prompt
                raise ProgramNotStarted(self._name, errno.E2BIG) from None
            raise
        finally:
            os.close(lifeline)
            os.close(status)
        assert self._guard.stdout is not None
        self._stdout = self._guard.stdout
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._status, selectors.EVENT_READ)

    def poll(self, seconds: float) -> bool:
        """Wait for output or the end, at most so long; False once the program has ended.

        Raises:
            ProgramNotStarted: It has never begun.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                piece = os.read(key.fd, _READ_BYTES)
                if key.fd == self._status:
                    if not self._hear(piece):
                        return False
                elif piece:
                    self._output.write(piece)
                else:
                    self._selector.unregister(self._stdout)
        return True

    def terminate(self) -> None:
        """Ask the program to end, and see to it."""
        self._order(b"T")

    def kill(self) -> None:
        """Kill the program and what it has started."""
        self._order(b"K")

    def drain(self) -> None:
        """Take what is still in the pipe."""
        until = time.monotonic() + _DRAIN_SECONDS
        with contextlib.suppress(ValueError):  # the end of the output was seen before
            self._selector.unregister(self._status)
        while self._selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                piece = os.read(key.fd, _READ_BYTES)
                if piece:
                    self._output.write(piece)
                else:
                    self._selector.unregister(self._stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lifeline)  # the guard kills what still runs
        self._guard.wait()
        self._selector.close()
        self._stdout.close()
        os.close(self._status)

    def _order(self, order: bytes) -> None:
        with contextlib.suppress(OSError):  # the guard has ended
            os.write(self._lifeline, order)

    def _hear(self, piece: bytes) -> bool:
        """Take what the guard says; False once there is nothing more to hear."""
        self._said += piece
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            word, _, number = line.partition(b" ")
            if word == b"error":
                raise ProgramNotStarted(self._name, int(number))
            if word == b"exit":
                self.exit_code = int(number)
        return bool(piece) and self.exit_code is None

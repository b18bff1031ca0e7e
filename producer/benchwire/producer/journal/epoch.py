"""Chooses the epoch of an emitter: above every epoch the journal holds for it.

Two processes, a fork child or a restarted process may open the same emitter of the same run
at the same moment. The run's directory is locked while the epoch is chosen and until its
first segment is visible, so no two of them ever get the same one, even if the clock went back.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

from benchwire.producer.fork import drop_in_children, forget_descriptor
from benchwire.producer.journal.layout import DIRECTORY_MODE, SegmentName, file_names

LOCK_SECONDS_MAX: Final = 1.0
"""A holder needs microseconds; one that was stopped must not stop others. Going on without
the lock risks a collision only within one microsecond."""
_LOCK_PAUSE_SECONDS: Final = 0.001
_ATTEMPTS: Final = 10


@contextlib.contextmanager
def locked_run_directory(run_directory: Path) -> Generator[None]:
    """Make the directory if need be and hold its lock, for choosing an epoch in it."""
    fd = _lock_directory(run_directory)
    try:
        yield
    finally:
        _close(fd)


def remove_run_directory(run_directory: Path) -> None:
    """Remove a directory that is empty, unless somebody is about to write into it."""
    try:
        fd = _open(run_directory)
    except OSError:
        return
    try:
        if _try_lock(fd):
            run_directory.rmdir()
    except OSError:
        return
    finally:
        _close(fd)


def choose_epoch(run_directory: Path, emitter_token: str) -> int:
    """The present time in microseconds, or one more than the highest epoch there."""
    names = (SegmentName.parse(name) for name in file_names(run_directory))
    taken = [
        name.epoch for name in names if name is not None and name.emitter_token == emitter_token
    ]
    return max(time.time_ns() // 1_000, max(taken, default=0) + 1)


def _lock_directory(run_directory: Path) -> int:
    """Lock the directory; a new one if the one at hand was removed meanwhile."""
    for _ in range(_ATTEMPTS):
        run_directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        try:
            fd = _open(run_directory)
        except FileNotFoundError:
            continue
        deadline = time.monotonic() + LOCK_SECONDS_MAX
        while not _try_lock(fd) and time.monotonic() < deadline:
            time.sleep(_LOCK_PAUSE_SECONDS)
        if os.fstat(fd).st_nlink > 0:
            return fd
        _close(fd)
    raise FileNotFoundError(errno.ENOENT, "the run's directory is removed again and again")


def _open(run_directory: Path) -> int:
    fd = os.open(run_directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    drop_in_children(fd)
    return fd


def _close(fd: int) -> None:
    forget_descriptor(fd)
    os.close(fd)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

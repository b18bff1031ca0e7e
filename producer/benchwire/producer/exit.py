"""Closes what was not closed when the interpreter exits: delivers for a bounded time.

Nobody said that the runs are over, so their emitters are ended as recovery would end them,
and the runs show as interrupted.
"""

import atexit
import contextlib
import weakref
from typing import Final, Protocol


class ClosesAtExit(Protocol):
    """Something that has to be closed before the interpreter goes."""

    def close_at_exit(self) -> None:
        """Close within a bounded time."""


_open: Final[weakref.WeakSet[ClosesAtExit]] = weakref.WeakSet()


def close_at_exit(subject: ClosesAtExit) -> None:
    """Close ``subject`` at exit, if it lives until then."""
    _open.add(subject)


def _close_all() -> None:
    for subject in list(_open):
        with contextlib.suppress(Exception):
            subject.close_at_exit()


atexit.register(_close_all)

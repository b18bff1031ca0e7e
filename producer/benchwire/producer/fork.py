"""What a forked child must forget: open files and locks that belong to its parent.

A child shares its parent's open files: a segment's flock would outlive the parent in it, and
its TCP connection and epoll set would be written to from two processes. Every descriptor
that must not live on in a child is registered here while it is open. In the child it is
pointed at ``/dev/null`` (not closed: Python objects of the parent still name it, and closing
them must stay harmless), then every registered object is told.

A fork also waits for a module that another thread of ours is just loading: its import lock
would stay taken in the child for ever.
"""

import contextlib

# Hooks before a fork run last registered first: the lock of logging must be taken after ours,
# because an import under way may want it.
import logging  # noqa: F401 # pyright: ignore[reportUnusedImport] - for its hook
import os
import threading
import weakref
from collections.abc import Generator
from typing import Any, Final, Protocol

IMPORT_SECONDS_MAX: Final = 2.0
"""A fork waits no longer for an import of ours; it takes 0.2 s."""

_descriptors: Final[set[int]] = set()
_left_behind: Final[list[Any]] = []
"""Objects of the parent that must never be finalized in the child, such as event loops."""


class ForkAware(Protocol):
    """Something that starts anew in a forked child."""

    def after_fork_in_child(self) -> None:
        """Replace locks and forget the parent's threads and files; must not block."""


_import_gate = threading.RLock()
_gate_is_ours = False
_fork_aware: Final[weakref.WeakSet[ForkAware]] = weakref.WeakSet()


def drop_in_children(fd: int) -> None:
    """Drop ``fd`` in forked children, from now on."""
    _descriptors.add(fd)


def forget_descriptor(fd: int) -> None:
    """Forget ``fd``; call it before closing."""
    _descriptors.discard(fd)


def tell_after_fork(subject: ForkAware) -> None:
    """Call ``subject.after_fork_in_child()`` in children, as long as it lives."""
    _fork_aware.add(subject)


def leave_behind(parents_object: object) -> None:
    """Keep an object of the parent from being finalized in the child."""
    _left_behind.append(parents_object)


@contextlib.contextmanager
def importing() -> Generator[None]:
    """Load modules inside this block when other threads may fork meanwhile."""
    with _import_gate:
        yield


def _before() -> None:
    global _gate_is_ours  # noqa: PLW0603 - between the hooks of one fork
    _gate_is_ours = _import_gate.acquire(timeout=IMPORT_SECONDS_MAX)


def _in_parent() -> None:
    if _gate_is_ours:
        _import_gate.release()


def _in_child() -> None:
    global _import_gate  # noqa: PLW0603 - the parent's may be taken for ever
    _import_gate = threading.RLock()
    if _descriptors:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for fd in _descriptors:
            os.dup2(null, fd, inheritable=False)
        os.close(null)
        _descriptors.clear()
    for subject in list(_fork_aware):
        subject.after_fork_in_child()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)

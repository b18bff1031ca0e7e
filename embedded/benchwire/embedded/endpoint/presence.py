"""Count who uses the engines, so that a command that owns them knows when it may end them."""

import threading
import time


class Presence:
    """Leases of attached commands and running queries; safe to ask from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._leases = 0
        self._queries = 0
        self._closing = False
        self.stop_asked = threading.Event()

    @property
    def leases(self) -> int:
        """Commands of other processes that are attached."""
        return self._leases

    @property
    def queries(self) -> int:
        """Queries running now."""
        return self._queries

    @property
    def is_closing(self) -> bool:
        """Whether newcomers are turned away."""
        return self._closing

    def enter(self, *, lease: bool) -> bool:
        """Count somebody in; False when the engines are about to end."""
        with self._changed:
            if self._closing:
                return False
            self._count(1, lease=lease)
            return True

    def leave(self, *, lease: bool) -> None:
        """Count somebody out."""
        with self._changed:
            self._count(-1, lease=lease)
            self._changed.notify_all()

    def close_when_alone(self, timeout_seconds: float | None) -> bool:
        """Wait until no lease and no query is left, then turn newcomers away.

        False when the time was over first; newcomers are turned away then, too.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        with self._changed:
            while self._leases or self._queries:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                # Short waits keep Ctrl-C working on the main thread.
                self._changed.wait(min(0.2, left) if left is not None else 0.2)
            self._closing = True
            return not (self._leases or self._queries)

    def _count(self, step: int, *, lease: bool) -> None:
        if lease:
            self._leases += step
        else:
            self._queries += step

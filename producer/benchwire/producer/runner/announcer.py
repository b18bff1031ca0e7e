"""Tells an observer what happens in a job, in order, in a thread of its own.

An observer that is slow (a pipe that nobody reads just now) holds up no trial, no budget and no
request to stop. One that fails is not called again.
"""

import queue
import threading
from collections.abc import Callable
from typing import Final

from benchwire.producer.runner.job_events import JobEvent, Observer

BEHIND_EVENTS: Final = 1_000


class Announcer:
    """Events go in from any thread without waiting; the observer hears them one by one."""

    def __init__(self, observer: Observer, failed: Callable[[BaseException], None]) -> None:
        """``failed`` is called once, with what the observer raised."""
        self._observer = observer
        self._failed = failed
        self._events: queue.SimpleQueue[JobEvent | None] = queue.SimpleQueue()
        self._done = threading.Event()

    def start(self) -> None:
        """Begin to tell."""
        # A daemon: a person who will not wait any longer is not made to.
        threading.Thread(target=self._run, name="announcer", daemon=True).start()

    @property
    def is_behind(self) -> bool:
        """Whether the observer is so slow that what is only of the moment should be left out."""
        return self._events.qsize() > BEHIND_EVENTS

    def tell(self, event: JobEvent) -> None:
        """Put an event behind those that are still to be told."""
        self._events.put(event)

    def finish(self) -> None:
        """Nothing comes any more."""
        self._events.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait so long, after `finish`, until all is told; True when it is."""
        return self._done.wait(seconds)

    def _run(self) -> None:
        try:
            while (event := self._events.get()) is not None:
                self._observer(event)
        except BaseException as error:  # noqa: BLE001 - raised by the job, in its caller's thread
            self._failed(error)
        finally:
            self._done.set()

"""Notices that the store's engine answers nothing any more, so that its daemon can end.

An engine in this process cannot be started anew: its threads, files and memory are the process's.
One that fails every statement would keep a daemon that looks alive and stores nothing; a new
process may do better, and whoever supervises the daemon can start one.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from benchwire.consumer.sink import error_code
from benchwire.embedded.chdb_sink import UNAVAILABLE_CODES

LOOK_SECONDS: Final = 5.0
FAILURES_MAX: Final = 3
"""In a row; a moment without memory or disk is none of them."""
ERROR_CHARACTERS_MAX: Final = 300

log = structlog.get_logger("benchwire.embedded")


class EngineWatch:
    """Asks the engine something that always has an answer, now and then, in a thread of its own.

    An answer that takes long is none: whoever waits behind others is not broken.
    """

    def __init__(self, ask: Callable[[], object], *, look_seconds: float = LOOK_SECONDS) -> None:
        self._ask = ask
        self._look_seconds = look_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine-watch", daemon=True)
        self.failure: str | None = None
        """What the engine says instead of answering; None while it works."""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a look that is under way ends by itself."""
        self._stopping.set()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.wait(self._look_seconds):
            try:
                self._ask()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
                text = str(error)[:ERROR_CHARACTERS_MAX]
                if self._stopping.is_set() or error_code(text) in UNAVAILABLE_CODES:
                    continue
                failures += 1
                log.error("engine_fails", error=text, failures=failures)  # noqa: TRY400 - no trace of ours in it
                if failures >= FAILURES_MAX:
                    self.failure = text
                    return
            else:
                failures = 0

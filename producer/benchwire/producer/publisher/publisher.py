"""The publisher's thread, as the other threads of the process see it."""

import asyncio
import contextlib
import os
import selectors
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Final

from benchwire.producer import fork
from benchwire.producer.journal.segment import SegmentWriter
from benchwire.producer.log import log_error
from benchwire.producer.publisher.alarm import Alarm
from benchwire.producer.publisher.backlog import BacklogCount
from benchwire.producer.publisher.delivery_loop import DeliveryLoop
from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.options import PublisherOptions
from benchwire.producer.run_identity import RunIdentity

RESTART_SECONDS: Final = 1.0
"""Pause after an error nobody foresaw."""
JOIN_SECONDS: Final = 3.0
"""Time to close the connection after the time to deliver is up."""


class Publisher:
    """One thread that reads the journal and delivers it; emitters never wait for it.

    What happens on

    - server away: it tries again every second and asks anew where the server is; nothing is
      lost, and nothing waits but this thread.
    - server killed: what was not acknowledged is sent again with the same message ids.
    - stream full or missing: segments stay in the journal, and the log says so once a minute.
    - fork: the child has no publisher; its first event starts one of its own.
    - shutdown: it goes on until everything is acknowledged, for a bounded time.
    - interpreter exit: the thread is a daemon and holds nothing up.
    - kill -9: another process recovers and delivers what is left.
    """

    def __init__(
        self,
        options: PublisherOptions,
        *,
        on_connected: Callable[[int], None] = lambda _payload_bytes_max: None,
        on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self.alarm = Alarm(self._loop)
        """What emitters use to wake it."""
        self._attached: deque[Feed] = deque()
        self._work = DeliveryLoop(
            options, self.alarm, self._attached, on_connected=on_connected, on_tick=on_tick
        )
        self._thread = threading.Thread(target=self._run, name="benchwire-publisher", daemon=True)
        fork.tell_after_fork(self)

    def start(self) -> None:
        """Start the thread; call it once."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """True while the thread delivers."""
        return self._thread.is_alive()

    @property
    def connected(self) -> bool:
        """True while there is a connection."""
        return self._work.connection is not None

    @property
    def events_settled(self) -> int:
        """Events of this process that need no more waiting for: acknowledged, or unsendable."""
        delivery = self._work.delivery
        return delivery.events_acknowledged + delivery.events_unsendable

    @property
    def events_delivered(self) -> int:
        """Events the stream has acknowledged, whoever emitted them."""
        return self._work.delivery.events_delivered

    @property
    def backlog(self) -> BacklogCount:
        """What was found in the journal of dead writers."""
        return self._work.backlog.total

    @property
    def searched(self) -> bool:
        """True once the whole journal has been searched."""
        return self._work.searched

    @property
    def compared(self) -> bool:
        """True once the stream was asked what it holds, and what it lost was taken up again."""
        return self._work.compared

    @property
    def segments_waiting(self) -> int:
        """Closed segments that are not delivered yet."""
        return self._work.delivery.roster.n_closed

    def attach(self, identity: RunIdentity, writer: SegmentWriter) -> None:
        """Deliver a segment this process has begun to write. Called from emitting threads."""
        self._attached.append(Feed(writer.path, identity, writer.name, writer=writer))

    def acknowledged_of_run(self, run_id: str) -> tuple[int, int]:
        """Events of a run the stream holds, and the highest stream sequence among them."""
        return self._work.delivery.acknowledged_of_run.get(run_id, (0, 0))

    def stored_up_to(self, timeout_seconds: float) -> int | None:
        """Stream sequence up to which all is stored; None if nobody can tell within the time."""
        connection = self._work.connection
        if connection is None or not self.running:
            return None
        asked = asyncio.run_coroutine_threadsafe(connection.stored_up_to(), self._loop)
        try:
            return asked.result(timeout_seconds)
        except Exception:  # noqa: BLE001 - time is up, or the connection or the loop has ended
            asked.cancel()
            return None

    def finish(self, timeout_seconds: float) -> None:
        """Deliver what there is, for a bounded time, and end the thread."""
        self._work.finish_by = time.monotonic() + timeout_seconds
        self.alarm.notify()
        if self.running and self._thread is not threading.current_thread():
            self._thread.join(timeout_seconds + JOIN_SECONDS)

    def after_fork_in_child(self) -> None:
        """Keep the child's hands off the parent's connection and event loop."""
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for key in list((self._selector.get_map() or {}).values()):
            os.dup2(null, key.fd, inheritable=False)
        fileno: Callable[[], int] | None = getattr(self._selector, "fileno", None)
        if fileno is not None:  # An epoll set is shared with the parent, a kqueue is not.
            os.dup2(null, fileno(), inheritable=False)
        os.close(null)
        fork.leave_behind(self)

    def _run(self) -> None:
        """Deliver; an error nobody foresaw must not end that."""
        asyncio.set_event_loop(self._loop)
        try:
            while True:
                try:
                    self._loop.run_until_complete(self._work.run())
                except Exception as error:  # noqa: BLE001 - the last line of defence of delivery
                    log_error("publisher_failed", error=type(error).__name__, where=_where(error))
                    time.sleep(RESTART_SECONDS)
                else:
                    return
        finally:
            self._work.delivery.roster.release_all()
            with contextlib.suppress(Exception):
                self._loop.close()


def _where(error: Exception) -> str:
    """File and line of an error, without its text, which may quote data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""

"""The publisher's program: connect, send, rest, look after the journal, until told to finish."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchwire.producer import metrics
from benchwire.producer.discovery import nats_urls, without_password
from benchwire.producer.journal.acknowledged import StreamState
from benchwire.producer.journal.retention import retire_segments
from benchwire.producer.log import Complaints, log_info, log_warning
from benchwire.producer.publisher.alarm import Alarm
from benchwire.producer.publisher.backlog import Backlog
from benchwire.producer.publisher.connection import Connection, connect
from benchwire.producer.publisher.delivery import Delivery, Round
from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.options import PublisherOptions

LOOK_AGAIN_SECONDS: Final = 1.0
"""Pause before the next attempt to connect, or to find a server at all."""
IDLE_SECONDS: Final = 0.5
"""Longest sleep with nothing under way."""
WAIT_SECONDS: Final = 0.05
"""Longest sleep while acknowledgements are missing or the stream refuses messages."""
COMPARE_SECONDS: Final = 30.0
"""How often the stream is compared with what it has acknowledged."""
EMPTY_ROUNDS_MAX: Final = 4
"""Rounds without work before the loop sleeps until it is woken."""
BUSY_SHARE_MAX: Final = 0.1
"""With very many open segments, looking at them may take this share of one processor …"""
LOOK_SECONDS_MAX: Final = 0.05
"""… but they are looked at so often at least."""


class DeliveryLoop:
    """Runs on the publisher's event loop; other threads only read plain attributes of it."""

    def __init__(
        self,
        options: PublisherOptions,
        alarm: Alarm,
        attached: deque[Feed],
        *,
        on_connected: Callable[[int], None],
        on_tick: Callable[[], None],
    ) -> None:
        self._options = options
        self._alarm = alarm
        self._attached = attached
        self._on_connected = on_connected
        self._on_tick = on_tick
        self._runs: set[str] = set()
        self._empty_rounds = 0
        self._compare_at = 0.0
        self._last_state: StreamState | None = None
        self._last_search: asyncio.Task[None] | None = None
        self._sending_again: asyncio.Task[None] | None = None
        self._server_known = True
        self._complaints = Complaints()
        self.finish_by: float | None = None
        """Monotonic time at which to end even if something is left; None: go on for ever."""
        self.connection: Connection | None = None
        """The present connection, if there is one."""
        self.delivery = Delivery(options)
        self.backlog = Backlog(options.journal, self.delivery.roster, self._knows)
        self.searched = False
        """True once the whole journal has been searched for what dead writers left."""

    @property
    def compared(self) -> bool:
        """True once the stream was asked what it holds, and what it lost was taken up again."""
        again = self._sending_again
        return self._last_state is not None and (again is None or again.done())

    async def run(self) -> None:
        """Deliver until told to finish."""
        housekeeping = asyncio.create_task(self._housekeep())
        try:
            while not self._finished():
                connection = await self._connect()
                if connection is None:
                    finishing = self.finish_by is not None
                    await self._alarm.sleep(WAIT_SECONDS if finishing else LOOK_AGAIN_SECONDS)
                    continue
                try:
                    await self._serve(connection)
                finally:
                    self.connection = None
                    await connection.close()
        finally:
            tasks = [housekeeping, self._last_search, self._sending_again]
            await _cancel([task for task in tasks if task is not None])
            self._admit()
            self.delivery.finish_complete()

    async def _connect(self) -> Connection | None:
        servers = nats_urls(self._options.nats_url, self._options.data_dir)
        self._server_known = bool(servers)
        if not servers:
            return None
        try:
            connection = await connect(servers, self._options.credentials)
        except Exception as error:  # noqa: BLE001 - nats-py has many; all mean: not now
            if self._complaints.due("connect") is not None:
                addresses = [without_password(server) for server in servers]
                log_warning("nats_unreachable", servers=addresses, error=type(error).__name__)
            return None
        metrics.count("benchwire.producer.connections")
        return connection

    async def _serve(self, connection: Connection) -> None:
        """Send over one connection until it is lost."""
        await connection.listen(self.delivery.on_reply)
        self._on_connected(connection.payload_bytes_max)
        self.delivery.connected(connection.payload_bytes_max)
        self._last_state = None
        self._compare_at = 0.0
        self.connection = connection
        while not connection.lost.is_set() and not self._finished():
            if time.monotonic() >= self._compare_at or self.delivery.stream_went_back:
                await self._compare(connection)
            self._admit()
            began = time.monotonic()
            done = await self.delivery.round(connection)
            await self._rest(done, time.monotonic() - began)

    async def _rest(self, done: Round, took_seconds: float) -> None:
        """Let others run: not at all, for the linger, or until somebody emits."""
        if done.sent:
            self._empty_rounds = 0
        else:
            self._empty_rounds += 1
        if done.more:
            await asyncio.sleep(0)
        elif self._empty_rounds <= EMPTY_ROUNDS_MAX:
            looking = min(took_seconds / BUSY_SHARE_MAX, LOOK_SECONDS_MAX)
            await asyncio.sleep(max(self._options.linger_seconds, looking))
        else:
            self._alarm.idle = True
            if self._attached or self.delivery.anything_unread:
                self._alarm.idle = False
                await asyncio.sleep(self._options.linger_seconds)
                return
            await self._alarm.sleep(WAIT_SECONDS if self.delivery.waiting else IDLE_SECONDS)
            if self.finish_by is None:
                await asyncio.sleep(self._options.linger_seconds)

    async def _compare(self, connection: Connection) -> None:
        """See whether the stream still holds what it acknowledged; send again what it lost."""
        self._compare_at = time.monotonic() + COMPARE_SECONDS
        self.delivery.stream_went_back = False
        before, asked_at = self.delivery.highest_sequences(), time.time()
        state = await connection.stream_state()
        if state is None:
            return
        self.delivery.went_back(before, state)
        last, self._last_state = self._last_state, state
        worse = last is None or state.created != last.created or state.last_seq < last.last_seq
        if worse and (self._sending_again is None or self._sending_again.done()):
            again = self.backlog.send_again(state, acknowledged_before=asked_at)
            self._sending_again = asyncio.create_task(again)

    async def _housekeep(self) -> None:
        """Once a second: heartbeats. Now and then: dead writers' segments, and retention."""
        search_at = 0.0
        while True:
            if time.monotonic() >= search_at:
                await self._search()
                search_at = time.monotonic() + self._options.recover_seconds
            self._on_tick()
            await asyncio.sleep(1.0)

    async def _search(self) -> None:
        await self.backlog.recover()
        self.searched = True
        try:
            deleted = retire_segments(
                self._options.journal,
                keep_seconds=self._options.acknowledged_keep_seconds,
                keep_bytes=self._options.acknowledged_keep_bytes,
            )
        except OSError as error:
            log_warning("journal_not_tidied", error=error.strerror)
            return
        if deleted:
            log_info("segments_retired", segments=deleted)

    def _admit(self) -> None:
        while self._attached:
            feed = self._attached.popleft()
            self._runs.add(feed.run_id)
            self.delivery.roster.add(feed)

    def _knows(self, path: Path) -> bool:
        self._admit()
        return path in self.delivery.roster

    def _finished(self) -> bool:
        """Whether to end: the time is up, or nothing of this process's runs is left.

        A fork child that has ended meanwhile may have left a segment: the journal is searched
        once more before.
        """
        if self.finish_by is None:
            return False
        if time.monotonic() >= self.finish_by:
            return True
        if self._last_search is None:
            self._last_search = asyncio.create_task(self.backlog.recover())
        self._admit()
        mine = [feed for feed in self.delivery.roster if feed.own or feed.run_id in self._runs]
        if not self._server_known:
            return self._last_search.done()
        return self._last_search.done() and not mine


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)

"""Feeds a `LiveState`: joins the stream, and goes on with it through every interruption.

Joining: where the stream holds everything, and not too much of it, it is replayed from its first
message. Otherwise what is stored comes once from the reports, and the stream from the position up
to which everything is stored (`analysis/live/snapshot.py`). Where no store can be asked, at most
the newest `REPLAY_ALONE_BYTES_MAX` of the stream are replayed, and `left_out` says what that leaves
out.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from benchwire.analysis.live.events import read_rows
from benchwire.analysis.live.snapshot import Position, Store
from benchwire.analysis.live.state import LiveState
from benchwire.cli.watching.source import Source
from benchwire.cli.watching.stream_probe import StreamProbe, StreamReading
from benchwire.consumer.decoder import decode
from benchwire.consumer.follower import Follower, Place
from benchwire.consumer.message import Message
from benchwire.consumer.settings import MIB
from benchwire.consumer.tailing import Filter
from benchwire.schemas.errors import BenchwireError

REPLAY_BYTES_MAX: Final = 32 * MIB
"""A stream no larger than this is replayed; about 100,000 events, a few seconds."""
REPLAY_ALONE_BYTES_MAX: Final = 128 * MIB
"""As much is replayed where no store can be asked."""
EVENTS_AT_A_STRETCH: Final = 2_000
"""After so many, keys and the screen get their turn: some 20 ms."""
LOOKUP_SECONDS: Final = 2.0
REST_SECONDS: Final = 60.0
RATE_SECONDS: Final = 10.0
NS_PER_US: Final = 1_000
NS_PER_SECOND: Final = 1_000_000_000


class Feed:
    """Fills a state, and says how far it is."""

    def __init__(self, source: Source, experiment_id: str | None) -> None:
        self.state = LiveState()
        self.probe = StreamProbe(source.locate, source.nats_credentials)
        self.is_live = False
        """Whether everything up to now is in the state."""
        self.trouble = ""
        """Why nothing comes at present; empty when all is well."""
        self.left_out = ""
        """What of the past the state does not know; empty when it knows everything."""
        self.put_off = ""
        """What of the present it does not know yet; empty when it is up to date."""
        self.loaded = 0
        self.to_load = 0
        """Of runs or messages while joining; 0: not known yet."""
        self.known_experiments: tuple[str, ...] = ()
        """While nothing of the one wanted is known: those in the store, the latest first."""
        self.n_refused = 0
        """Lines that were no events, since joining."""
        self._source = source
        self._wanted = Filter(experiment_id=experiment_id)
        self._store = Store(source.ask, experiment_id) if source.ask is not None else None
        self._changed: Callable[[], None] = lambda: None
        self._lately: deque[tuple[float, int]] = deque()

    async def run(self, changed: Callable[[], None]) -> None:
        """Feed until cancelled; `changed` is called when something else is to be shown."""
        self._changed = changed
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.probe.run())
                tasks.create_task(self._feed())
                if self._store is not None:
                    tasks.create_task(self._look_up(self._store))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed

    @property
    def experiment_id(self) -> str | None:
        """The one that is wanted; None: all."""
        return self._wanted.experiment_id

    @property
    def missing(self) -> str:
        """What the state does not know; empty when it knows everything."""
        return "; ".join(filter(None, (self.left_out, self.put_off)))

    @property
    def events_per_second(self) -> float:
        """Events that the stream took in lately."""
        since = time.time() - RATE_SECONDS
        return sum(count for at, count in self._lately if at >= since) / RATE_SECONDS

    async def _feed(self) -> None:
        self.trouble = "waiting for the server to answer"
        reading = await self.probe.first()
        self.trouble = ""
        place = await self._join(reading)
        follower = Follower(
            self._source.locate,
            self._wanted.subjects,
            place,
            announce=self._announce,
            nats_credentials=self._source.nats_credentials,
        )
        self.loaded = self.to_load = 0
        async with aclosing(follower.messages()) as groups:
            async for group in groups:
                self.trouble = ""
                if group:
                    await self._take(group)
                else:
                    self.is_live = True
                self._changed()

    async def _join(self, reading: StreamReading) -> Place:
        """Take up what the store knows, if need be; returns where the stream goes on."""
        if reading.n_bytes <= REPLAY_BYTES_MAX and await self._is_all_there(reading):
            return Place(seq=1)
        first, why = 1, "no store is named"
        if self._store is not None:
            position = reading.stored_seq or 0
            try:
                await self._load(self._store, Position(position, reading.began_us))
                first, why = position + 1, "nothing has stored them yet"
            except BenchwireError as error:
                why, self.state = f"the reports do not answer ({error})", LiveState()
        place = max(first, _newest(reading, REPLAY_ALONE_BYTES_MAX))
        if place > first:
            self.left_out = f"{place - first:,} earlier messages are left out, {why}"
        return Place(seq=place)

    async def _is_all_there(self, reading: StreamReading) -> bool:
        """Whether the stream holds all there ever was: nothing purged, and none before it."""
        if reading.first_seq > 1 or self._store is None:
            return reading.first_seq <= 1
        try:
            return not await asyncio.to_thread(self._store.holds_older, reading.began_us)
        except BenchwireError:
            return True

    async def _load(self, store: Store, position: Position) -> None:
        snapshot = await asyncio.to_thread(store.snapshot, position)
        self.to_load = len(snapshot.settled) + len(snapshot.moving)
        for number, facts in enumerate(snapshot.settled, start=1):
            self.state.settle(facts)
            if number % EVENTS_AT_A_STRETCH == 0:
                self.loaded = number
                self._changed()
                await asyncio.sleep(0)
        self.loaded = len(snapshot.settled)
        await self._restore(store, snapshot.moving)

    async def _restore(self, store: Store, run_ids: list[str]) -> None:
        found = store.events(run_ids)
        while (chunk := await asyncio.to_thread(next, found, None)) is not None:
            for run_id, events in chunk.items():
                self.state.restore(run_id, events)
            self.loaded += len(chunk)
            self._changed()

    async def _take(self, group: list[Message]) -> None:
        if not self.to_load:
            self.to_load = len(group) + group[-1].pending
        at_a_stretch = 0
        for message in group:
            decoded = decode(message)
            self.n_refused += len(decoded.dead_letters)
            for event in read_rows(decoded.rows, message.stored_ns // NS_PER_US):
                self.state.take(event)
            self._count(message.stored_ns / NS_PER_SECOND, decoded.n_events)
            at_a_stretch += decoded.n_events
            if at_a_stretch >= EVENTS_AT_A_STRETCH:
                at_a_stretch = 0
                await asyncio.sleep(0)
        self.loaded = self.to_load - group[-1].pending if not self.is_live else self.to_load

    def _count(self, at_seconds: float, n_events: int) -> None:
        since = time.time() - RATE_SECONDS
        if at_seconds >= since:
            self._lately.append((at_seconds, n_events))
        while self._lately and self._lately[0][0] < since:
            self._lately.popleft()

    async def _look_up(self, store: Store) -> None:
        """Serve what the state wants, and let runs rest that are over."""
        rested = time.monotonic()
        while True:
            await asyncio.sleep(LOOKUP_SECONDS)
            if not self.is_live:
                continue
            await self.look_around()
            if self.state.wanted:
                try:
                    await self._restore(store, sorted(self.state.wanted))
                except BenchwireError as error:
                    n_runs = len(self.state.wanted)
                    self.put_off = f"late events of {n_runs} runs wait for the reports ({error})"
                else:
                    self.put_off = ""
            reading = self.probe.reading
            if reading is not None and time.monotonic() - rested >= REST_SECONDS:
                rested = time.monotonic()
                self.state.rest(reading.stored_seq or 0, time.time_ns() // NS_PER_US)

    async def look_around(self) -> None:
        """As long as nothing of what is wanted is known, ask the store what else there is."""
        if self.state.n_runs or self._store is None or self.experiment_id is None:
            return
        with contextlib.suppress(BenchwireError):
            self.known_experiments = tuple(await asyncio.to_thread(self._store.experiments))

    def _announce(self, text: str) -> None:
        """Heed what the follower says: it waits, it goes on, or the stream has changed."""
        if text.startswith("following"):
            self.trouble = ""
        elif text.endswith("waiting"):
            self.trouble = text
        else:
            self.left_out = text
        self._changed()


def _newest(reading: StreamReading, n_bytes: int) -> int:
    """Say where the newest so many bytes of the stream begin, by the mean size of a message."""
    first = max(1, reading.first_seq)
    if reading.n_bytes <= n_bytes:
        return first
    return max(first, reading.last_seq + 1 - int(reading.n_messages * n_bytes / reading.n_bytes))

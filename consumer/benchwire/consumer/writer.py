"""Inserts batches beside the event loop, then settles their messages with JetStream.

One thread, one insert at a time. The engine releases the GIL, so while batch k is inserted
the event loop fetches and decodes batch k+1.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from benchwire.consumer import dead_letters, replay, streams
from benchwire.consumer.acks import Holdings
from benchwire.consumer.backoff import insist
from benchwire.consumer.batch_log import BatchLog, batch_row
from benchwire.consumer.batcher import Batch
from benchwire.consumer.bisection import TooManyRefused, store_events
from benchwire.consumer.dead_letters import DeadLetter
from benchwire.consumer.decoder import Decoded
from benchwire.consumer.letter_room import LettersFull, need_room
from benchwire.consumer.refresher import Refresher
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import RowsRefused, Sink, SinkUnavailable
from benchwire.consumer.vitals import Vitals

ERROR_CHARS_MAX: Final = 300

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


class Writer:
    """Takes one batch while the one before is being stored; the third has to wait."""

    def __init__(
        self,
        settings: ConsumerSettings,
        sink: Sink,
        vitals: Vitals,
        wake: asyncio.Event,
        refresher: Refresher,
    ) -> None:
        self._settings = settings
        self._sink = sink
        self._metrics = vitals.metrics
        self._readiness = vitals.readiness
        self._brake = vitals.brake
        self._wake = wake
        self._refresher = refresher
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="benchwire-insert")
        self._batch_log = BatchLog()
        self._task: asyncio.Task[None] | None = None

    def connect(self, connection: Client, holdings: Holdings) -> None:
        """Say where messages are settled; once, before the first batch."""
        self._connection = connection
        self._holdings = holdings

    @property
    def is_busy(self) -> bool:
        """True while a batch is being stored."""
        return self._task is not None and not self._task.done()

    async def start(self, batch: Batch) -> None:
        """Store a batch beside the caller; waits first until the one before is settled."""
        await self.finish()
        self._task = asyncio.create_task(self._store(batch))
        self._task.add_done_callback(lambda _: self._wake.set())

    async def finish(self) -> None:
        """Wait until nothing is being stored; raises what went wrong with it."""
        if self._task is not None:
            await self._task
            self._task = None

    async def in_thread(self, action: Callable[[], Answer]) -> Answer:
        """Run something that blocks on the sink, in the one thread that may."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)

    async def insert(self, table: str, rows: bytes) -> None:
        """Store rows of a table of ours, between two batches."""
        await self.in_thread(lambda: self._sink.insert(table, rows))

    async def close(self) -> None:
        """Write what the batch log holds and end the thread."""
        if self._task is not None:
            self._task.cancel()
        await self.in_thread(lambda: self._batch_log.flush(self._sink))
        self._thread.shutdown(wait=True)

    async def _store(self, batch: Batch) -> None:
        """Insert, set aside what cannot be, acknowledge: in that order, or not at all."""
        started = time.monotonic()
        self._refresher.insert_begins()
        try:
            refused = await self._insist(lambda: self.in_thread(lambda: self._insert(batch)))
        except TooManyRefused as error:
            self._refresher.insert_ended(batch.run_ids)
            await self._refuse_batch(batch, error)
            return
        # Before the acknowledgement: who waits for that can then wait for this.
        self._refresher.insert_ended(batch.run_ids)
        letters = [*batch.dead_letters, *refused]
        if letters:
            await self._set_aside(letters)
        if batch.replays:
            await self._insist(lambda: self._settle(batch.replays, letters))
        await self._holdings.acknowledge(batch.messages)
        self._count(batch, refused, letters, time.monotonic() - started)

    def _insert(self, batch: Batch) -> list[DeadLetter]:
        started = time.monotonic()
        refused = store_events(self._sink, batch)
        seconds = time.monotonic() - started
        self._batch_log.note(
            batch_row(
                batch,
                consumer=self._settings.consumer_name,
                insert_seconds=seconds,
                n_dead_letters=batch.n_dead_letters + len(refused),
            )
        )
        if self._batch_log.is_due:
            self._batch_log.flush(self._sink)
        self._metrics.observe("insert_seconds", seconds)
        return refused

    async def _set_aside(self, letters: Sequence[DeadLetter]) -> None:
        rows = dead_letters.table_rows(letters, self._settings.consumer_name)
        await self._insist(lambda: self.insert(dead_letters.TABLE, rows))
        await self._insist(lambda: self._publish(letters))

    async def _publish(self, letters: Sequence[DeadLetter]) -> None:
        max_payload = self._connection.max_payload
        async with self._streams_ensured() as js:
            room = partial(need_room, js)
            await dead_letters.publish(js, letters, max_payload, need_room=room)

    async def _settle(self, replays: Sequence[Decoded], letters: Sequence[DeadLetter]) -> None:
        """Record that dead letters came back, after what became of them is stored."""
        async with self._streams_ensured() as js:
            await replay.settle(js, replays, letters)

    @contextlib.asynccontextmanager
    async def _streams_ensured(self) -> AsyncGenerator[JetStreamContext]:
        """Give JetStream; when it fails, make the streams exist before the next attempt."""
        js = JetStreamContext(self._connection)
        try:
            yield js
        except NatsError:
            await streams.ensure(js, self._settings)
            raise

    async def _insist(self, action: Callable[[], Awaitable[Answer]]) -> Answer:
        """Wait as long as it takes; what is held stays in progress meanwhile."""
        answer = await insist(
            action,
            # Rows of the dead letter table are ours: refused ones mean a wrong table.
            on=(SinkUnavailable, RowsRefused, LettersFull, NatsError, TimeoutError),
            failed=self._waits,
            longest_seconds=self._settings.insert_backoff_seconds_max,
        )
        self._readiness.met("clickhouse")
        self._readiness.met("dead_letters")
        return answer

    def _waits(self, error: Exception) -> None:
        text = str(error)[:ERROR_CHARS_MAX]
        self._readiness.lacks(
            "dead_letters" if isinstance(error, LettersFull) else "clickhouse", text
        )
        self._metrics.count("insert_retries_total")
        log.warning("insert_waits", error=type(error).__name__, detail=text)

    async def _refuse_batch(self, batch: Batch, error: TooManyRefused) -> None:
        self._brake.engage(str(error))
        delay = self._settings.brake_pause_seconds
        await self._holdings.give_back(batch.messages, delay_seconds=delay)

    def _count(
        self,
        batch: Batch,
        refused: Sequence[DeadLetter],
        letters: Sequence[DeadLetter],
        seconds: float,
    ) -> None:
        count = self._metrics.count
        messages = batch.messages
        count("messages_acknowledged_total", len(messages))
        count("events_inserted_total", batch.n_events - len(refused))
        count("inserts_total")
        count("insert_bytes_total", batch.body_bytes)
        for reason, amount in Counter(letter.reason for letter in letters).items():
            count("dead_letters_total", amount, reason=reason)
        if refused:
            self._brake.observe(lines=0, dead_letters=len(refused))
        oldest_ns = min(message.stored_ns for message in messages)
        self._metrics.observe("storage_delay_seconds", time.time() - oldest_ns / 1e9)
        log.debug(
            "batch_inserted",
            messages=len(messages),
            events=batch.n_events - len(refused),
            dead_letters=len(letters),
            seconds=round(seconds, 3),
        )

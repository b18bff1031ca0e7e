"""Reads everything that BENCH_EVENTS still holds, once and in order, as rows of `events`."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from benchwire.consumer.batcher import Batch
from benchwire.consumer.decoder import decode
from benchwire.consumer.events_source import Reach
from benchwire.consumer.follower import Follower, Place
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import DURABLE, EVENT_SUBJECTS, EVENTS_STREAM
from benchwire.schemas.errors import BenchwireError

CONNECT_SECONDS: Final = 5

T = TypeVar("T")


class StreamUnreadable(BenchwireError):  # noqa: N818 - the stream is what is unreadable
    """Nothing can be read from the stream."""


@dataclass(frozen=True, slots=True)
class StreamReach(Reach):
    """What the stream still holds."""

    first_seq: int
    last_seq: int
    n_messages: int

    @property
    def sentence(self) -> str:
        """As people are told."""
        return (
            f"the stream holds {self.n_messages} messages, {self.first_seq} to {self.last_seq}; "
            "reading them"
        )


class ConsumerRuns(BenchwireError):  # noqa: N818 - what is in the way
    """A consumer would store into the table that is being replaced."""


class StreamSource:
    """Everything that BENCH_EVENTS still holds."""

    name: ClassVar[str] = "stream"
    knows_deliveries: ClassVar[bool] = True

    def __init__(self, settings: ConsumerSettings) -> None:
        self._settings = settings

    def reach(self) -> StreamReach:
        """Say what can be read.

        Raises:
            StreamUnreadable: The stream cannot be reached, or holds nothing.
            ConsumerRuns: A consumer runs.
        """
        return asyncio.run(_connected(self._settings, _reach))

    def read(
        self,
        store: Callable[[Batch], None],
        *,
        on_messages: Callable[[int], object],
        announce: Callable[[str], None],
    ) -> int:
        """Hand over what is there now in batches; returns how many lines did not decode."""
        return asyncio.run(_read(self._settings, self.reach(), store, on_messages, announce))


def refuse_consumers(settings: ConsumerSettings) -> bool:
    """Raise `ConsumerRuns` while a consumer asks for messages; False if no server answers."""
    try:
        asyncio.run(_connected(settings, _refuse_consumers))
    except StreamUnreadable:
        return False
    return True


async def _connected(
    settings: ConsumerSettings, ask: Callable[[JetStreamContext], Awaitable[T]]
) -> T:
    try:
        client = await nats.connect(
            settings.nats_url.split(","),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            connect_timeout=CONNECT_SECONDS,
            user_credentials=settings.nats_credentials,
            name="benchwire-rebuild",
            error_cb=_ignore,
        )
    except (NatsError, OSError, TimeoutError) as error:
        raise StreamUnreadable(
            f"the NATS server {settings.nats_url} does not answer",
            hint="see `benchwire doctor`, or name another with --nats-url",
        ) from error
    try:
        return await ask(JetStreamContext(client))
    finally:
        await client.close()


async def _reach(js: JetStreamContext) -> StreamReach:
    try:
        state = (await js.stream_info(EVENTS_STREAM)).state
    except NotFoundError:
        state = None
    if state is None or not state.messages:
        raise StreamUnreadable(
            f"the stream {EVENTS_STREAM} holds nothing",
            hint="`benchwire rebuild` without --events-from uses the events that are stored",
        )
    await _refuse_consumers(js)
    return StreamReach(state.first_seq, state.last_seq, state.messages)


async def _refuse_consumers(js: JetStreamContext) -> None:
    try:
        waiting = (await js.consumer_info(EVENTS_STREAM, DURABLE)).num_waiting or 0
    except NotFoundError:
        return
    if waiting:
        raise ConsumerRuns(
            "a consumer runs and would store into the table that is being replaced",
            hint="stop all consumers first; what is published meanwhile waits in the stream",
        )


async def _read(
    settings: ConsumerSettings,
    reach: StreamReach,
    store: Callable[[Batch], None],
    on_messages: Callable[[int], object],
    announce: Callable[[str], None],
) -> int:
    follower = Follower(
        lambda: settings.nats_url.split(","),
        EVENT_SUBJECTS,
        Place(seq=reach.first_seq),
        announce=announce,
        nats_credentials=settings.nats_credentials,
    )
    batch, n_refused = Batch(), 0
    async with aclosing(follower.messages()) as groups:
        async for group in groups:
            for message in group:
                if message.stream_seq <= reach.last_seq:
                    batch.add(decode(message))
            on_messages(len(group))
            if (
                batch.n_events >= settings.batch_events_max
                or batch.body_bytes >= settings.batch_bytes_max
            ):
                n_refused += batch.n_dead_letters
                await asyncio.to_thread(store, batch)
                batch = Batch()
            if not group or group[-1].stream_seq >= reach.last_seq:
                break
    n_refused += batch.n_dead_letters
    await asyncio.to_thread(store, batch)
    return n_refused


async def _ignore(_error: Exception) -> None:
    """The call that fails says it."""

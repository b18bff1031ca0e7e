"""Reads everything that BENCH_EVENTS still holds, once and in order, as rows of `events`."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from benchwire.consumer.batcher import Batch
from benchwire.consumer.decoder import decode
from benchwire.consumer.follower import Follower, Place
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import DURABLE, EVENT_SUBJECTS, EVENTS_STREAM
from benchwire.schemas.errors import BenchwireError

CONNECT_SECONDS: Final = 5


class StreamUnreadable(BenchwireError):  # noqa: N818 - the stream is what is unreadable
    """Nothing can be read from the stream."""


@dataclass(frozen=True, slots=True)
class StreamReach:
    """What the stream still holds."""

    first_seq: int
    last_seq: int
    n_messages: int
    is_consumed: bool
    """Whether a consumer asks for messages now."""


def stream_reach(settings: ConsumerSettings) -> StreamReach:
    """Say what can be read; raises `StreamUnreadable` when that is nothing."""
    return asyncio.run(_reach(settings))


def read_batches(
    settings: ConsumerSettings,
    reach: StreamReach,
    *,
    store: Callable[[Batch], None],
    on_messages: Callable[[int], object],
    announce: Callable[[str], None],
) -> int:
    """Hand over all messages of the reach in batches; returns how many lines did not decode."""
    return asyncio.run(_read(settings, reach, store, on_messages, announce))


async def _reach(settings: ConsumerSettings) -> StreamReach:
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
        return await _asked(JetStreamContext(client))
    finally:
        await client.close()


async def _asked(js: JetStreamContext) -> StreamReach:
    try:
        state = (await js.stream_info(EVENTS_STREAM)).state
    except NotFoundError:
        state = None
    if state is None or not state.messages:
        raise StreamUnreadable(
            f"the stream {EVENTS_STREAM} holds nothing",
            hint="`benchwire rebuild` without --events-from uses the events that are stored",
        )
    try:
        waiting = (await js.consumer_info(EVENTS_STREAM, DURABLE)).num_waiting or 0
    except NotFoundError:
        waiting = 0
    return StreamReach(state.first_seq, state.last_seq, state.messages, waiting > 0)


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

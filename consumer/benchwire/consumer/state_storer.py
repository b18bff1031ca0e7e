"""Stores what became of dead letters: from BENCH_DEAD_LETTERS into `dead_letter_states`.

A chore beside the pipeline with a durable of its own: changes are made by people, so they are
few, and stock `fetch` is fast enough. Acknowledged only after ClickHouse has answered.
"""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from benchwire.consumer import letter_states, streams
from benchwire.consumer.backoff import pauses
from benchwire.consumer.message import Message, NotDelivered, parse_delivery
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import SinkError
from benchwire.consumer.streams import DEAD_LETTERS_STREAM, STATES_DURABLE, StreamsUnusable

FETCH_MESSAGES: Final = 500
FETCH_SECONDS: Final = 5.0
"""A request that a restarted server forgot is made again after this."""
BACKOFF_SECONDS_MAX: Final = 5.0

Insert = Callable[[str, bytes], Awaitable[None]]
"""Stores JSONEachRow lines in a table and returns when ClickHouse has answered."""

log = structlog.get_logger(__name__)


async def store_states(js: JetStreamContext, settings: ConsumerSettings, insert: Insert) -> None:
    """Store changes as they are published; runs until cancelled."""
    subscription = await js.pull_subscribe_bind(STATES_DURABLE, DEAD_LETTERS_STREAM)
    waits = pauses(BACKOFF_SECONDS_MAX)
    while True:
        try:
            while True:
                await _store(await _fetch(subscription), insert)
                waits = pauses(BACKOFF_SECONDS_MAX)
        except (NatsError, TimeoutError, SinkError) as error:
            log.warning("letter_states_wait", error=type(error).__name__, detail=str(error)[:300])
        await asyncio.sleep(next(waits))
        # The durable may be what is missing.
        with contextlib.suppress(NatsError, TimeoutError, StreamsUnusable):
            await streams.ensure(js, settings)


async def _fetch(subscription: JetStreamContext.PullSubscription) -> list[Msg]:
    try:
        return await subscription.fetch(FETCH_MESSAGES, timeout=FETCH_SECONDS)
    except TimeoutError:
        return []


async def _store(delivered: list[Msg], insert: Insert) -> None:
    messages = [message for raw in delivered if (message := _message(raw)) is not None]
    rows = letter_states.table_rows(messages)
    if rows:
        await insert(letter_states.TABLE, rows)
        log.info("letter_states_stored", changes=len(messages))
    for raw in delivered:
        await raw.ack()


def _message(raw: Msg) -> Message | None:
    try:
        return parse_delivery(raw.subject, raw.reply, raw.data)
    except NotDelivered:
        return None

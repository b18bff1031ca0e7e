"""BENCH_EVENTS as tests see it: made as the consumer makes it, read from its first message on."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

from nats.js.errors import NotFoundError
from tests.support.jetstream import jetstream

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM, definitions, ensure


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of the stream."""

    seq: int
    subject: str
    headers: dict[str, str]
    payload: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its lines, read."""
        return [json.loads(line) for line in self.payload.split(b"\n") if line]


def make_stream(url: str, *, bytes_max: int | None = None) -> None:
    """Make the streams and the durable as the consumer does; with less room if told so."""

    async def make() -> None:
        settings = ConsumerSettings(nats_url=url)
        async with jetstream(url) as js:
            await ensure(js, settings)
            if bytes_max is not None:
                events, *_ = definitions(settings).streams
                await js.update_stream(replace(events, max_bytes=bytes_max))

    asyncio.run(make())


def acknowledge_all(url: str) -> None:
    """Do as the consumer does once everything is stored."""

    async def acknowledge() -> None:
        async with jetstream(url) as js:
            puller = await js.pull_subscribe_bind(DURABLE, EVENTS_STREAM)
            for message in await puller.fetch(1_000, timeout=0.5):
                await message.ack_sync()

    asyncio.run(acknowledge())


def delete_stream(url: str) -> None:
    """Lose the stream and all it holds."""

    async def delete() -> None:
        async with jetstream(url) as js:
            await js.delete_stream(EVENTS_STREAM)

    asyncio.run(delete())


def stored_messages(url: str) -> list[StoredMessage]:
    """Every message of the stream, in order; none if there is no stream."""

    async def read() -> list[StoredMessage]:
        async with jetstream(url) as js:
            try:
                state = (await js.stream_info(EVENTS_STREAM)).state
            except NotFoundError:
                return []
            if not state.messages:
                return []
            subscription = await js.subscribe(
                "bench.events.>",
                ordered_consumer=True,
                pending_msgs_limit=-1,
                pending_bytes_limit=-1,
            )
            messages: list[StoredMessage] = []
            while not messages or messages[-1].seq < state.last_seq:
                got = await subscription.next_msg(timeout=10)
                messages.append(
                    StoredMessage(
                        got.metadata.sequence.stream, got.subject, got.headers or {}, got.data
                    )
                )
            return messages

    return asyncio.run(read())


def stored_events(url: str) -> list[dict[str, Any]]:
    """Every event of the stream, in the stream's order."""
    return [event for message in stored_messages(url) for event in message.events]

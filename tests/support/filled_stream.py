"""Fills BENCH_EVENTS the way producers do, and looks at what became of it."""

import asyncio
from collections.abc import Iterable

from nats.js import JetStreamContext
from tests.support.jetstream import jetstream
from tests.support.wire_events import WireMessage

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM, ensure

PUBLISHES_IN_FLIGHT = 256


async def fill(settings: ConsumerSettings, messages: Iterable[WireMessage]) -> int:
    """Publish messages and return how many events they hold, when JetStream has stored all."""
    n_events = 0
    group: list[WireMessage] = []
    async with jetstream(settings.nats_url) as js:
        await ensure(js, settings)
        for message in messages:
            group.append(message)
            n_events += message.n_events
            if len(group) == PUBLISHES_IN_FLIGHT:
                await _publish(js, group)
                group = []
        await _publish(js, group)
    return n_events


async def all_stored(nats_url: str, *, timeout_seconds: float) -> None:
    """Wait until the durable has delivered everything and everything is acknowledged."""
    async with asyncio.timeout(timeout_seconds), jetstream(nats_url) as js:
        while True:
            info = await js.consumer_info(EVENTS_STREAM, DURABLE)
            if not info.num_pending and not info.num_ack_pending:
                return
            await asyncio.sleep(0.05)


async def _publish(js: JetStreamContext, group: list[WireMessage]) -> None:
    await asyncio.gather(
        *(
            js.publish(
                message.subject,
                message.payload,
                timeout=30,
                headers={
                    "Content-Type": "application/x-ndjson",
                    "Nats-Msg-Id": message.message_id,
                },
            )
            for message in group
        )
    )

"""What happens beside the pipeline: purging, repairing a lost durable, setting gauges."""

import asyncio
from typing import Final

import structlog
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from benchwire.consumer import streams
from benchwire.consumer.acks import Holdings
from benchwire.consumer.metrics import Metrics
from benchwire.consumer.puller import Puller
from benchwire.consumer.readiness import Readiness
from benchwire.consumer.retention import purge_stored
from benchwire.consumer.settings import ConsumerSettings

LOOK_SECONDS: Final = 1.0
"""How often gauges are set and a missing durable is looked for."""

log = structlog.get_logger(__name__)


async def purge_regularly(
    js: JetStreamContext, settings: ConsumerSettings, metrics: Metrics
) -> None:
    """Keep the stream at its size; runs until cancelled."""
    while True:
        await asyncio.sleep(settings.retention_seconds)
        try:
            freed = await purge_stored(js, settings.stream_keep_bytes)
        except (NatsError, TimeoutError) as error:
            log.info("stream_not_purged", error=type(error).__name__)
        else:
            metrics.count("stream_purged_bytes_total", freed)


async def repair_streams(
    js: JetStreamContext, settings: ConsumerSettings, puller: Puller, readiness: Readiness
) -> None:
    """Make streams and durable again when the server does not know them; runs until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if not puller.durable_missing:
            continue
        readiness.lacks("streams", "the server does not know the durable")
        try:
            await streams.ensure(js, settings)
        except (NatsError, TimeoutError, streams.StreamsUnusable) as error:
            log.warning("streams_not_repaired", error=type(error).__name__)
        else:
            puller.durable_missing = False
            readiness.met("streams")
            await puller.reset()


async def show_gauges(
    metrics: Metrics, readiness: Readiness, holdings: Holdings, puller: Puller
) -> None:
    """Set the gauges; runs until cancelled."""
    while True:
        metrics.gauge("ready", float(readiness.is_ready))
        metrics.gauge("held_messages", len(holdings))
        metrics.gauge("buffered_bytes", puller.buffered_bytes)
        metrics.gauge("pending_messages", puller.pending)
        await asyncio.sleep(LOOK_SECONDS)

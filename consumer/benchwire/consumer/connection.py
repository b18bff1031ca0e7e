"""The connection to NATS: it never gives up, and says when it is away."""

from collections.abc import Awaitable, Callable
from typing import Final

import nats
import structlog
from nats.aio.client import Client

from benchwire.consumer.readiness import Readiness
from benchwire.consumer.settings import MIB, ConsumerSettings

RECONNECT_SECONDS: Final = 0.5
CONNECT_TIMEOUT_SECONDS: Final = 5
PENDING_BYTES_MAX: Final = 16 * MIB
"""Acknowledgements that wait for a reconnect; beyond that they are dropped, which only means
redelivery."""

log = structlog.get_logger(__name__)


async def connect(
    settings: ConsumerSettings,
    readiness: Readiness,
    reconnected: Callable[[], Awaitable[None]],
) -> Client:
    """Connect, however long it takes; whoever has less patience cancels it."""

    async def on_disconnect() -> None:
        if "stopping" in readiness.missing:
            return
        readiness.lacks("nats", "disconnected")
        log.warning("nats_disconnected")

    async def on_reconnect() -> None:
        readiness.met("nats")
        log.info("nats_reconnected")
        await reconnected()

    async def on_error(error: Exception) -> None:
        log.debug("nats_error", error=type(error).__name__, detail=str(error))

    connection = await nats.connect(  # pyright: ignore[reportUnknownMemberType] - nats-py
        servers=[url.strip() for url in settings.nats_url.split(",")],
        name="benchwire-consumer",
        user_credentials=settings.nats_credentials,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        reconnect_time_wait=RECONNECT_SECONDS,
        max_reconnect_attempts=-1,
        pending_size=PENDING_BYTES_MAX,
        disconnected_cb=on_disconnect,
        reconnected_cb=on_reconnect,
        error_cb=on_error,
    )
    readiness.met("nats")
    log.info("nats_connected")
    return connection

"""The connection to NATS: it never gives up, and says when it is away."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from benchwire.consumer.readiness import Readiness
from benchwire.consumer.settings import MIB, ConsumerSettings

RECONNECT_SECONDS: Final = 1
CONNECT_TIMEOUT_SECONDS: Final = 5
PENDING_BYTES_MAX: Final = 16 * MIB
"""Acknowledgements that wait for a reconnect; beyond that they are dropped, which only means
redelivery."""

log = structlog.get_logger(__name__)


class AnySubjectClient(Client):
    """A client that survives a subject that is not UTF-8.

    The server stores such a message; nats-py's own client stops reading at it, silently and for
    ever, and again after each redelivery. Here its odd bytes become escapes, the message is
    dead-lettered for its wrong subject, and reading goes on.
    """

    def _build_message(
        self,
        sid: int,
        subject: bytes,
        reply: bytes,
        data: bytes,
        headers: dict[str, str] | None,
    ) -> Msg:
        return self.msg_class(
            subject=subject.decode(errors="backslashreplace"),
            reply=reply.decode(errors="backslashreplace"),
            data=data,
            headers=headers,
            _client=self,
            _sid=sid,
        )


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

    connection = AnySubjectClient()
    await connection.connect(
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

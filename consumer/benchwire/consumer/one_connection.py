"""One connection to NATS, for those who look for the server anew each time it is lost."""

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final

from benchwire.consumer.connection import AnySubjectClient

CONNECT_SECONDS: Final = 2

Locate = Callable[[], Sequence[str]]
"""Names the servers to try; asked before each connection, because they may move."""


@contextlib.asynccontextmanager
async def one_connection(
    locate: Locate, name: str, nats_credentials: str | None
) -> AsyncGenerator[AnySubjectClient]:
    """Yield a client that does not reconnect; raises what nats-py does, or `ConnectionError`."""
    urls = list(locate())
    if not urls:
        raise ConnectionError("no server runs")
    client = AnySubjectClient()
    await client.connect(
        servers=urls,
        name=name,
        user_credentials=nats_credentials,
        allow_reconnect=False,
        max_reconnect_attempts=1,  # nats-py tries the first connection so often, too
        connect_timeout=CONNECT_SECONDS,
        error_cb=_ignore,
    )
    try:
        yield client
    finally:
        await client.close()


async def _ignore(_error: Exception) -> None:
    """The call that fails says it."""

"""Keep the engines for a command of another process, as long as its connection is open."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from benchwire.embedded.endpoint.answer import left
from benchwire.embedded.endpoint.presence import Presence

CLOSING_POLL_SECONDS = 0.2


class Lease(Response):
    """An answer that lasts as long as the other side keeps its connection open."""

    def __init__(self, presence: Presence) -> None:
        super().__init__()
        self._presence = presence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Last until either side ends it."""
        try:
            head = [(b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": b"attached\n", "more_body": True})
            leaving = asyncio.ensure_future(left(receive))
            while not leaving.done() and not self._presence.is_closing:
                await asyncio.wait({leaving}, timeout=CLOSING_POLL_SECONDS)
            leaving.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._presence.leave(lease=True)

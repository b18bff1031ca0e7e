"""Keep the head of an answer open, so that headers can be sent while a query runs.

ASGI sends a head in one piece. ClickHouse adds `X-ClickHouse-Progress` lines to it until the first
row is there, and clients and proxies rely on them to see that a long query lives. So the
connection's transport is wrapped: asked to, it keeps back the empty line that ends a head.
"""

import asyncio
import re
from typing import Any, cast

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

STATE_KEY = "benchwire_open_head"
_UNSAFE = re.compile(r"[^ -~]")


class OpenHead:
    """A connection's transport; at most one answer is under way on it at a time."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._keep_next = False
        self._open = False

    def __getattr__(self, name: str) -> Any:
        """Be the transport in everything else."""
        return getattr(self._transport, name)

    def keep_open(self) -> None:
        """Keep the head open that is written next."""
        self._keep_next = True

    def add(self, name: str, value: str) -> None:
        """Send one more header; after the first byte of the body nothing happens."""
        if self._open and not self._transport.is_closing():
            self._transport.write(f"{name}: {_UNSAFE.sub('?', value)}\r\n".encode())

    def write(self, data: bytes) -> None:
        """Write; the first bytes after an open head end it."""
        if self._keep_next and data.endswith(b"\r\n\r\n"):
            self._keep_next, self._open = False, True
            data = data[:-2]
        elif self._open:
            self._open = False
            data = b"\r\n" + data
        self._transport.write(data)

    def close(self) -> None:
        """End an open head, so that the other side has a whole one, and close."""
        if self._open:
            self.write(b"")
        self._transport.close()


class OpenHeadProtocol(H11Protocol):
    """uvicorn's own protocol over h11, with the transport wrapped and made known to requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        head = OpenHead(transport)
        self.app_state = {**self.app_state, STATE_KEY: head}
        super().connection_made(cast("asyncio.Transport", head))


def open_head(request: Request) -> OpenHead | None:
    """Return the connection's head, if it can be kept open."""
    return getattr(request.state, STATE_KEY, None)

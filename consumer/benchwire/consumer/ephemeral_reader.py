"""Reads through a consumer that the server forgets by itself, one bounded request at a time."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg

from benchwire.consumer.message import Message, NotDelivered, parse_delivery
from benchwire.consumer.streams import EVENTS_STREAM

BATCH_MESSAGES: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024
EXPIRES_SECONDS: Final = 20.0
HEARTBEAT_SECONDS: Final = 2.0
SILENCE_SECONDS_MAX: Final = 2.5 * HEARTBEAT_SECONDS
"""Two missing signs of life mean that nobody answers any more."""

_NS: Final = 1_000_000_000
_HEARTBEAT: Final = "100"
_OVER: Final = frozenset({"404", "408"})
"""Ends of a request that only mean: ask again."""
_TOO_LARGE: Final = "message size exceeds maxbytes"
_COMPLETED: Final = "batch completed"
"""Said with status 409, behind the last message of a request."""


class ReaderLost(Exception):  # noqa: N818 - what happened to the consumer
    """The consumer does not answer any more; another one is needed."""


class EphemeralReader:
    """Asks for the next messages only after the last ones were taken."""

    def __init__(self, client: Client, consumer: str) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS_STREAM}.{consumer}"
        self._inbox = client.new_inbox()
        self._request = 0
        self._arrived = asyncio.Event()
        self._messages: list[Message] = []
        self._over = False
        self._lost = ""
        self._alone = False
        """The next message is larger than a request: ask for it without a byte limit."""

    async def groups(self) -> AsyncGenerator[list[Message]]:
        """Yield what arrives, never an empty list; raises `ReaderLost`."""
        await self._client.subscribe(  # pyright: ignore[reportUnknownMemberType] - nats-py
            f"{self._inbox}.*",
            cb=self._received,
            # The request is the limit; nats-py's own would drop messages.
            pending_msgs_limit=-1,
            pending_bytes_limit=-1,
        )
        while True:
            left = await self._ask()
            while left > 0 and not (self._over and not self._messages):
                await self._wait()
                group, self._messages = self._messages, []
                if group:
                    left -= len(group)
                    yield group

    async def _ask(self) -> int:
        """Make a request and return how many messages it may bring."""
        request: dict[str, int] = {
            "batch": 1 if self._alone else BATCH_MESSAGES,
            "expires": int(EXPIRES_SECONDS * _NS),
            "idle_heartbeat": int(HEARTBEAT_SECONDS * _NS),
        }
        if not self._alone:
            request["max_bytes"] = BATCH_BYTES
        self._over = self._alone = False
        self._request += 1
        await self._client.publish(
            self._subject, json.dumps(request).encode(), reply=f"{self._inbox}.{self._request}"
        )
        return request["batch"]

    async def _wait(self) -> None:
        """Wait for a message or for the end of the request."""
        while not self._messages and not self._over:
            if self._lost or self._client.is_closed:
                raise ReaderLost(self._lost or "disconnected")
            self._arrived.clear()
            try:
                async with asyncio.timeout(SILENCE_SECONDS_MAX):
                    await self._arrived.wait()
            except TimeoutError:
                raise ReaderLost("silence") from None

    async def _received(self, raw: Msg) -> None:
        try:
            self._messages.append(parse_delivery(raw.subject, raw.reply, raw.data))
        except NotDelivered:
            # What is said of an earlier request, all of whose messages came, is no news.
            if raw.subject.endswith(f".{self._request}"):
                self._heed(raw.headers or {})
        self._arrived.set()

    def _heed(self, headers: dict[str, str]) -> None:
        """React to a message that is about the request instead of from the stream."""
        status = headers.get("Status", "")
        description = headers.get("Description", "").lower()
        if status == _HEARTBEAT:
            return
        if _TOO_LARGE in description:
            self._alone = not self._messages
        elif status not in _OVER and description != _COMPLETED:
            self._lost = f"{status} {description}".strip()
        self._over = True

"""Who holds which delivered message, and what JetStream is told about it.

A message is held from the moment it is fetched until its events are stored. While it is held
JetStream hears "in progress" often enough never to deliver it again.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from benchwire.consumer.message import Message

ACK: Final = b"+ACK"
IN_PROGRESS: Final = b"+WPI"
SIGNALS_PER_ACK_WAIT: Final = 5
"""Looks at the held messages per ack_wait; two looks are the longest gap between signals."""
BREATH_EVERY: Final = 256
"""Publishes between two turns of the event loop."""

log = structlog.get_logger(__name__)


class _Held:
    __slots__ = ("reply", "signalled_at")

    def __init__(self, reply: str, signalled_at: float) -> None:
        self.reply = reply
        self.signalled_at = signalled_at


class Holdings:
    """The delivered messages that are not stored yet."""

    def __init__(self, connection: Client, *, ack_wait_seconds: float) -> None:
        self._connection = connection
        self._look_seconds = ack_wait_seconds / SIGNALS_PER_ACK_WAIT
        self._held: dict[tuple[int, int], _Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, message: Message) -> bool:
        """Start to hold a message; False for a redelivery of one that is already held."""
        now = time.monotonic()
        held = self._held.get(message.key)
        if held is None:
            self._held[message.key] = _Held(message.reply, now)
            return True
        held.reply = message.reply
        held.signalled_at = now
        return False

    async def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell JetStream that these are stored. A lost acknowledgement only means redelivery."""
        await self._let_go(messages, ACK)

    async def give_back(self, messages: Iterable[Message], *, delay_seconds: float = 0.0) -> None:
        """Ask JetStream to deliver these again, to whoever asks, after the delay."""
        delay = b' {"delay": %d}' % int(delay_seconds * 1e9) if delay_seconds else b""
        await self._let_go(messages, b"-NAK" + delay)

    async def give_back_all(self) -> None:
        """Give back whatever is still held, at the end of a drain that could not store it."""
        replies = [held.reply for held in self._held.values()]
        self._held.clear()
        await self._publish(replies, b"-NAK")

    async def keep_in_progress(self) -> None:
        """Signal progress on everything held for long; runs until cancelled."""
        while True:
            await asyncio.sleep(self._look_seconds)
            before = time.monotonic() - self._look_seconds / 2
            late = [held for held in self._held.values() if held.signalled_at < before]
            now = time.monotonic()
            for held in late:
                held.signalled_at = now
            await self._publish((held.reply for held in late), IN_PROGRESS)

    async def _let_go(self, messages: Iterable[Message], verdict: bytes) -> None:
        pop = self._held.pop
        replies: list[str] = []
        for message in messages:
            held = pop(message.key, None)
            replies.append(held.reply if held else message.reply)
        await self._publish(replies, verdict)

    async def _publish(self, replies: Iterable[str], verdict: bytes) -> None:
        publish = self._connection.publish
        try:
            for number, reply in enumerate(replies, start=1):
                await publish(reply, verdict)
                if number % BREATH_EVERY == 0:
                    await asyncio.sleep(0)
        except NatsError as error:
            # Disconnected and the outbound buffer is full, or the connection is closed: the
            # server will deliver again, and storing again changes nothing.
            log.warning("acknowledgements_not_sent", error=type(error).__name__)

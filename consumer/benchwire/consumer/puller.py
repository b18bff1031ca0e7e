"""Pulls messages from a durable with two open requests, each bounded in messages and bytes.

nats-py's own `fetch` makes a task and a timeout per message and tops out at a tenth of this
rate. Bytes are bounded because a server that has 64 MiB in flight to a client drops it.

Promises: never more than two requests' worth of bytes on the way, whatever the message size;
a request that got no answer (connection dropped, leader moved, server restarted) is made
again after two missing heartbeats, and if that is not answered either the connection is made
anew, so that the puller never hangs.
"""

import asyncio
import json
import time
from collections import deque
from typing import Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from benchwire.consumer.acks import Holdings
from benchwire.consumer.message import REPLAY_HEADER, Message, NotDelivered, parse_delivery
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM

SLOTS: Final = 2
"""One request is being answered while the next one waits at the server."""
WATCH_SECONDS: Final = 0.25
"""How often silence and due retries are looked for."""
RETRY_SECONDS: Final = 0.5
"""Pause after the server said that it cannot answer now."""
NS_PER_SECOND: Final = 1_000_000_000

_HEARTBEAT: Final = "100"
_TOO_LARGE: Final = "Message Size Exceeds MaxBytes"
_AT_ONCE: Final = frozenset({"404", "408"})
"""Ends of a request that only mean: ask again."""
_GONE: Final = ("consumer deleted", "no responders")

log = structlog.get_logger(__name__)


class _Slot:
    """One pull request at a time: how much it may still bring, and until when."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.request = 0
        self.open = False
        self.left = 0
        self.deadline = 0.0
        self.retry_at = 0.0
        self.got_any = False
        self.unbounded = False
        """The next message is larger than a request: ask for it alone, without a byte limit."""


class Puller:
    """Keeps a bounded buffer of delivered messages filled."""

    def __init__(
        self,
        connection: Client,
        *,
        settings: ConsumerSettings,
        holdings: Holdings,
        wake: asyncio.Event,
    ) -> None:
        self._connection = connection
        self._holdings = holdings
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS_STREAM}.{DURABLE}"
        self._settings = settings
        self._wake = wake
        self._slots = [_Slot(number) for number in range(SLOTS)]
        self._subscriptions: list[Subscription] = []
        self._inbox = ""
        self._buffer: deque[Message] = deque()
        self._paused = False
        self._heard_at = 0.0
        self._silences = 0
        self.buffered_bytes = 0
        self.pending = 0
        """Messages the durable had still to deliver when it was last heard."""
        self.resets_total = 0
        self.durable_missing = False
        """Set when the server does not know the durable; whoever repairs it clears it."""

    async def start(self) -> None:
        """Subscribe and ask for the first messages."""
        self._inbox = self._connection.new_inbox()
        for slot in self._slots:
            self._subscriptions.append(await self._subscribe(slot))
        await self.reset()

    async def reset(self) -> None:
        """Forget open requests and make new ones: after a reconnect the server forgot them too."""
        self.resets_total += 1
        self._heard_at = time.monotonic()
        for slot in self._slots:
            slot.open = False
            slot.retry_at = 0.0
        await self._ask()

    async def pause(self) -> None:
        """Ask for nothing more until `resume`; what was asked for may still come."""
        self._paused = True

    async def resume(self) -> None:
        """Ask again."""
        self._paused = False
        await self.reset()

    async def take(self, bytes_max: int) -> list[Message]:
        """Give what has arrived, up to about `bytes_max`, and ask for more; never waits for it."""
        taken: list[Message] = []
        size = 0
        buffer = self._buffer
        while buffer and size < bytes_max:
            message = buffer.popleft()
            size += len(message.payload)
            taken.append(message)
        self.buffered_bytes -= size
        await self._ask()
        return taken

    async def watch(self) -> None:
        """Make requests again that died silently; runs until cancelled."""
        silence_max = 2.5 * self._settings.fetch_heartbeat_seconds
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            if any(slot.open for slot in self._slots) and now - self._heard_at > silence_max:
                await self._break_silence(now - self._heard_at)
            for slot in self._slots:
                if slot.open and now > slot.deadline:
                    slot.open = False
            await self._ask()

    async def _break_silence(self, seconds: float) -> None:
        """Ask again; the second time in a row, on a new connection."""
        self._silences += 1
        log.warning("pull_requests_renewed", silent_seconds=round(seconds, 1))
        if self._silences > 1:
            self._silences = 0
            log.warning("nats_connection_renewed")
            await self._connection.force_reconnect()
        await self.reset()

    async def stop(self) -> None:
        """Take back the requests; messages already delivered stay in the buffer."""
        self._paused = True
        for subscription in self._subscriptions:
            if not self._connection.is_closed and self._connection.is_connected:
                await subscription.drain()  # type: ignore[no-untyped-call]
        self._subscriptions.clear()

    async def _subscribe(self, slot: _Slot) -> Subscription:
        async def received(raw: Msg) -> None:
            await self._received(slot, raw)

        return await self._connection.subscribe(  # pyright: ignore[reportUnknownMemberType] - nats-py
            f"{self._inbox}.{slot.number}.*",
            cb=received,
            # The requests are the limit; nats-py's own would drop messages.
            pending_msgs_limit=-1,
            pending_bytes_limit=-1,
        )

    async def _received(self, slot: _Slot, raw: Msg) -> None:
        self._heard_at = time.monotonic()
        self._silences = 0
        replay = raw.headers.get(REPLAY_HEADER) if raw.headers else None
        try:
            message = parse_delivery(raw.subject, raw.reply, raw.data, replay)
        except NotDelivered:
            await self._status(slot, raw)
            return
        self.pending = message.pending
        slot.left -= 1
        slot.got_any = True
        if self._holdings.hold(message):
            self._buffer.append(message)
            self.buffered_bytes += len(message.payload)
            self._wake.set()
        if slot.left <= 0 and slot.open:
            slot.open = False
            await self._ask()

    async def _status(self, slot: _Slot, raw: Msg) -> None:
        """React to a message that is about the request instead of from the stream."""
        headers = raw.headers or {}
        status = headers.get("Status", "")
        current = raw.subject.endswith(f".{slot.request}")
        if status == _HEARTBEAT or not current:
            return
        description = headers.get("Description", "")
        slot.open = False
        if status in _AT_ONCE:
            slot.retry_at = 0.0
        elif _TOO_LARGE.lower() in description.lower():
            slot.unbounded = not slot.got_any
        else:
            self.durable_missing |= status == "503" or description.lower() in _GONE
            slot.retry_at = time.monotonic() + RETRY_SECONDS
            log.info("pull_request_ended", status=status, description=description)
        self._wake.set()
        await self._ask()

    async def _ask(self) -> None:
        """Open requests in free slots while the buffer has room."""
        if self._paused or not self._connection.is_connected:
            return
        now = time.monotonic()
        for slot in self._slots:
            room = self.buffered_bytes < self._settings.fetch_bytes_max
            if not slot.open and room and now >= slot.retry_at:
                await self._request(slot, now)

    async def _request(self, slot: _Slot, now: float) -> None:
        settings = self._settings
        batch = 1 if slot.unbounded else settings.fetch_messages_max
        request = {
            "batch": batch,
            "expires": int(settings.fetch_expires_seconds * NS_PER_SECOND),
            "idle_heartbeat": int(settings.fetch_heartbeat_seconds * NS_PER_SECOND),
        }
        if not slot.unbounded:
            request["max_bytes"] = settings.fetch_bytes_max
        if not any(other.open for other in self._slots):
            self._heard_at = now
        slot.request += 1
        slot.open = True
        slot.left = batch
        slot.got_any = False
        slot.unbounded = False
        slot.deadline = now + settings.fetch_expires_seconds + 2 * settings.fetch_heartbeat_seconds
        await self._connection.publish(
            self._subject,
            json.dumps(request).encode(),
            reply=f"{self._inbox}.{slot.number}.{slot.request}",
        )

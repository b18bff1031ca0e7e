"""Looks at the stream and its durable from time to time: how much there is, and how far storing is.

The state of JetStream, not tables: it costs two small requests.
"""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from benchwire.consumer.one_connection import Locate, one_connection
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM

LOOK_SECONDS: Final = 2.0
AWAY_SECONDS: Final = 1.0
NAME: Final = "benchwire-watch"
REQUEST_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReading:
    """BENCH_EVENTS and who stores it, at one moment."""

    first_seq: int
    last_seq: int
    n_messages: int
    n_bytes: int
    began_us: int
    """When the stream was made, µs since 1970."""
    stored_seq: int | None
    """Everything up to this message is stored; None: nobody ever stored anything."""
    n_behind: int | None
    """Messages that are not known to be stored."""
    is_consumed: bool
    """Whether somebody asks for messages now."""


NO_STREAM: Final = StreamReading(
    first_seq=0,
    last_seq=0,
    n_messages=0,
    n_bytes=0,
    began_us=0,
    stored_seq=None,
    n_behind=None,
    is_consumed=False,
)


class StreamProbe:
    """Keeps the latest reading; None while the server does not answer."""

    def __init__(self, locate: Locate, nats_credentials: str | None) -> None:
        self._locate = locate
        self._nats_credentials = nats_credentials
        self.reading: StreamReading | None = None
        self.error = ""
        """Why it did not answer the last time it did not."""
        self._first: asyncio.Future[StreamReading] | None = None

    async def first(self) -> StreamReading:
        """Wait for the first answer."""
        if self._first is None:
            self._first = asyncio.get_running_loop().create_future()
        return await self._first

    async def run(self) -> None:
        """Look until cancelled, through every interruption."""
        while True:
            try:
                async with one_connection(self._locate, NAME, self._nats_credentials) as client:
                    js = JetStreamContext(client, timeout=REQUEST_SECONDS)
                    while True:
                        self.reading = await _read(js)
                        if self._first is not None and not self._first.done():
                            self._first.set_result(self.reading)
                        await asyncio.sleep(LOOK_SECONDS)
            except (NatsError, OSError, TimeoutError) as error:
                self.reading, self.error = None, str(error) or type(error).__name__
            await asyncio.sleep(AWAY_SECONDS)


async def _read(js: JetStreamContext) -> StreamReading:
    try:
        stream = await js.stream_info(EVENTS_STREAM)
    except NotFoundError:
        return NO_STREAM
    try:
        durable: Any = await js.consumer_info(EVENTS_STREAM, DURABLE)
    except NotFoundError:
        durable = None
    floor = durable.ack_floor.stream_seq if durable is not None and durable.ack_floor else None
    return StreamReading(
        first_seq=stream.state.first_seq,
        last_seq=stream.state.last_seq,
        n_messages=stream.state.messages,
        n_bytes=stream.state.bytes,
        began_us=_us(stream.created),
        stored_seq=floor,
        n_behind=None
        if durable is None
        else (durable.num_pending or 0) + (durable.num_ack_pending or 0),
        is_consumed=durable is not None and bool(durable.num_waiting),
    )


def _us(moment: datetime | None) -> int:
    if moment is None:
        return 0
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1_000_000)

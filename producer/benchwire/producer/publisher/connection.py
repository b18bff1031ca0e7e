"""One connection to NATS: publish, acknowledgements, requests; it never reconnects by itself.

nats-py's own reconnecting would send its buffer again next to our in-flight table, and would
hold on to an address that a restarted daemon has left. So a lost connection is thrown away
and the publisher makes a new one, wherever the server is by then.
"""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from benchwire.producer.fork import importing
from benchwire.producer.journal.acknowledged import StreamState

STREAM: Final = "BENCH_EVENTS"
DURABLE: Final = "benchwire-consumer"
CONNECT_SECONDS_MAX: Final = 3.0
REQUEST_SECONDS_MAX: Final = 2.0
_PING_SECONDS: Final = 10
"""A server that vanished without a word is noticed after two of these."""
_PENDING_BYTES_MAX: Final = 64 * 1024 * 1024
"""Above any window, so that publishing never waits inside nats-py."""


class _State(msgspec.Struct):
    last_seq: int = 0


class _StreamInfo(msgspec.Struct):
    created: str = ""
    state: _State | None = None


class _Floor(msgspec.Struct):
    stream_seq: int = 0


class _ConsumerInfo(msgspec.Struct):
    ack_floor: _Floor | None = None


_Answer = TypeVar("_Answer")


class Connection:
    """A live connection, until :attr:`lost` is set."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._inbox = ""
        self.lost = asyncio.Event()

    @property
    def payload_bytes_max(self) -> int:
        """Largest message the server takes, headers included."""
        return int(self._client.max_payload)

    async def listen(self, on_reply: Callable[[int, bytes, str | None], None]) -> None:
        """Hand every reply to ``on_reply(number, payload, status)``."""
        self._inbox = self._client.new_inbox()
        cut = len(self._inbox) + 1

        async def receive(reply: Any) -> None:
            status = reply.headers.get("Status") if reply.headers else None
            on_reply(int(reply.subject[cut:]), reply.data, status)

        await self._client.subscribe(
            f"{self._inbox}.*", cb=receive, pending_msgs_limit=-1, pending_bytes_limit=-1
        )

    async def publish(
        self, number: int, subject: str, payload: bytes, headers: dict[str, str]
    ) -> None:
        """Send a message; its acknowledgement comes as reply ``number``."""
        await self._client.publish(subject, payload, f"{self._inbox}.{number}", headers)

    async def stream_state(self) -> StreamState | None:
        """How far the stream is; None if there is no stream, or nobody to ask."""
        info = await self._ask(f"$JS.API.STREAM.INFO.{STREAM}", _StreamInfo)
        if info is None or info.state is None:
            return None
        return StreamState(STREAM, info.created, info.state.last_seq)

    async def stored_up_to(self) -> int | None:
        """Stream sequence up to which the consumer has stored everything; None if unknown."""
        info = await self._ask(f"$JS.API.CONSUMER.INFO.{STREAM}.{DURABLE}", _ConsumerInfo)
        return None if info is None or info.ack_floor is None else info.ack_floor.stream_seq

    async def close(self) -> None:
        """Close at once; whatever was not acknowledged is sent again elsewhere."""
        self.lost.set()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._client.close(), REQUEST_SECONDS_MAX)

    async def _ask(self, subject: str, kind: type[_Answer]) -> _Answer | None:
        try:
            reply = await self._client.request(subject, b"", timeout=REQUEST_SECONDS_MAX)
            return msgspec.json.decode(reply.data, type=kind)
        except Exception:  # noqa: BLE001 - nats-py has many ways to say that nobody answers
            return None


async def connect(servers: Sequence[str], credentials: Path | None) -> Connection:
    """Connect to the first server that answers; raises OSError or a NATS error within seconds."""
    client = _client_class()()
    connection = Connection(client)

    async def closed() -> None:
        connection.lost.set()

    async def ignore(_error: Exception) -> None:
        """Errors show as a lost connection or as a missing acknowledgement."""

    options: dict[str, Any] = {} if credentials is None else {"user_credentials": str(credentials)}
    try:
        await asyncio.wait_for(
            client.connect(
                list(servers),
                name="benchwire-producer",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=2,
                ping_interval=_PING_SECONDS,
                max_outstanding_pings=1,
                pending_size=_PENDING_BYTES_MAX,
                error_cb=ignore,
                closed_cb=closed,
                **options,
            ),
            CONNECT_SECONDS_MAX,
        )
    except BaseException:
        await connection.close()
        raise
    return connection


@functools.cache
def _client_class() -> Any:
    """nats-py's client: 150 ms to load, paid by the publisher's thread when there is a server."""
    with importing():
        import nats.aio.client  # noqa: PLC0415 - see above

        # Names of hosts are encoded by a module of their own that is loaded at the first one.
        "localhost".encode("idna")
    return nats.aio.client.Client

"""Pull requests are bounded, renewed when they die, and never more than two."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nats.aio.client import Client

from benchwire.consumer.acks import Holdings
from benchwire.consumer.puller import Puller
from benchwire.consumer.settings import ConsumerSettings

SETTINGS = ConsumerSettings(
    fetch_messages_max=3,
    fetch_bytes_max=1_000,
    max_ack_pending=12,
    fetch_expires_seconds=4.0,
    fetch_heartbeat_seconds=0.1,
)


class FakeServer:
    """Notes requests and answers by hand."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, int]]] = []
        self.is_connected = True
        self.is_closed = False
        self.reconnects = 0
        self._callbacks: dict[str, Callable[[Any], Awaitable[None]]] = {}
        self._seq = 0

    def new_inbox(self) -> str:
        return "_INBOX.x"

    async def subscribe(self, subject: str, cb: Any, **_: int) -> None:
        self._callbacks[subject.removesuffix("*")] = cb

    async def publish(self, subject: str, payload: bytes = b"", reply: str = "") -> None:
        assert subject == "$JS.API.CONSUMER.MSG.NEXT.BENCH_EVENTS.benchwire-consumer"
        self.requests.append((reply, json.loads(payload)))

    async def force_reconnect(self) -> None:
        self.reconnects += 1

    async def deliver(self, request: str, payload: bytes = b"x") -> None:
        self._seq += 1
        reply = f"$JS.ACK.BENCH_EVENTS.benchwire-consumer.1.{self._seq}.{self._seq}.1.0"
        await self._send(request, "bench.events.a", reply, payload, None)

    async def status(self, request: str, status: str, description: str = "") -> None:
        headers = {"Status": status, "Description": description}
        await self._send(request, request, "", b"", headers)

    async def _send(
        self, request: str, subject: str, reply: str, data: bytes, headers: Any
    ) -> None:
        callback = self._callbacks[request[: request.rindex(".") + 1]]
        await callback(SimpleNamespace(subject=subject, reply=reply, data=data, headers=headers))


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
async def puller(server: FakeServer) -> Puller:
    connection = cast("Client", server)
    made = Puller(
        connection,
        settings=SETTINGS,
        holdings=Holdings(connection, ack_wait_seconds=60),
        wake=asyncio.Event(),
    )
    await made.start()
    return made


async def test_two_requests_are_open_from_the_start(puller: Puller, server: FakeServer) -> None:
    assert [reply for reply, _ in server.requests] == ["_INBOX.x.0.1", "_INBOX.x.1.1"]
    assert server.requests[0][1] == {
        "batch": 3,
        "expires": 4_000_000_000,
        "idle_heartbeat": 100_000_000,
        "max_bytes": 1_000,
    }


async def test_a_request_that_brought_all_is_made_again(puller: Puller, server: FakeServer) -> None:
    for _ in range(3):
        await server.deliver("_INBOX.x.0.1")
    assert [reply for reply, _ in server.requests[2:]] == ["_INBOX.x.0.2"]
    assert len(await puller.take(100)) == 3


@pytest.mark.parametrize(
    ("status", "description"),
    [("404", "No Messages"), ("408", "Request Timeout")],
)
async def test_an_ended_request_is_made_again_at_once(
    puller: Puller, server: FakeServer, status: str, description: str
) -> None:
    await server.status("_INBOX.x.1.1", status, description)
    assert [reply for reply, _ in server.requests[2:]] == ["_INBOX.x.1.2"]


@pytest.mark.parametrize(
    ("status", "description", "missing"),
    [
        ("409", "Leadership Change", False),
        ("409", "Server Shutdown", False),
        ("409", "Exceeded MaxWaiting", False),
        ("409", "Consumer Deleted", True),
        ("503", "No Responders", True),
    ],
)
async def test_a_server_that_cannot_answer_is_asked_again_later(
    puller: Puller,
    server: FakeServer,
    status: str,
    description: str,
    missing: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    await server.status("_INBOX.x.0.1", status, description)
    assert len(server.requests) == 2
    assert puller.durable_missing is missing


async def test_a_message_larger_than_a_request_is_asked_for_alone(
    puller: Puller, server: FakeServer
) -> None:
    await server.status("_INBOX.x.0.1", "409", "Message Size Exceeds MaxBytes")
    reply, request = server.requests[-1]
    assert reply == "_INBOX.x.0.2"
    assert request["batch"] == 1
    assert "max_bytes" not in request
    await server.deliver(reply)
    assert server.requests[-1][1]["max_bytes"] == 1_000


async def test_a_request_full_by_bytes_is_made_again_as_before(
    puller: Puller, server: FakeServer
) -> None:
    await server.deliver("_INBOX.x.0.1")
    await server.status("_INBOX.x.0.1", "409", "Message Size Exceeds MaxBytes")
    assert server.requests[-1][1]["max_bytes"] == 1_000


async def test_nothing_is_asked_for_while_the_buffer_is_full(
    puller: Puller, server: FakeServer
) -> None:
    for _ in range(3):
        await server.deliver("_INBOX.x.0.1", payload=b"y" * 400)
    assert len(server.requests) == 2
    assert len(await puller.take(10_000)) == 3
    assert len(server.requests) == 3


async def test_the_end_of_an_older_request_is_ignored(puller: Puller, server: FakeServer) -> None:
    await puller.reset()
    asked = len(server.requests)
    await server.status("_INBOX.x.0.1", "408", "Request Timeout")
    assert len(server.requests) == asked


async def test_silence_renews_the_requests(puller: Puller, server: FakeServer) -> None:
    """No heartbeat for more than twice its interval: the request died with its connection."""
    watching = asyncio.create_task(puller.watch())
    deadline = time.monotonic() + 5
    while len(server.requests) < 4 and time.monotonic() < deadline:  # noqa: ASYNC110 - a fake
        await asyncio.sleep(0.01)
    watching.cancel()
    assert [reply for reply, _ in server.requests[2:4]] == ["_INBOX.x.0.2", "_INBOX.x.1.2"]


async def test_longer_silence_makes_a_new_connection(puller: Puller, server: FakeServer) -> None:
    """A client whose reading has died looks connected; only a new connection helps."""
    watching = asyncio.create_task(puller.watch())
    deadline = time.monotonic() + 5
    while not server.reconnects and time.monotonic() < deadline:  # noqa: ASYNC110 - a fake
        await asyncio.sleep(0.01)
    watching.cancel()
    assert server.reconnects == 1


async def test_nothing_is_asked_for_while_paused(puller: Puller, server: FakeServer) -> None:
    await puller.pause()
    await server.status("_INBOX.x.0.1", "408", "Request Timeout")
    assert len(server.requests) == 2
    await puller.resume()
    assert len(server.requests) == 4


async def test_taking_is_bounded_by_bytes(puller: Puller, server: FakeServer) -> None:
    for _ in range(3):
        await server.deliver("_INBOX.x.0.1", payload=b"y" * 100)
    assert len(await puller.take(150)) == 2
    assert puller.buffered_bytes == 100

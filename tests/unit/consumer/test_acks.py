"""Held messages are reported in progress, settled once, and never held twice."""

import asyncio
from typing import cast

import pytest
from nats.aio.client import Client
from nats.errors import OutboundBufferLimitError

from benchwire.consumer.acks import Holdings
from benchwire.consumer.message import Message


class FakeConnection:
    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.full = False

    async def publish(self, subject: str, payload: bytes = b"") -> None:
        if self.full:
            raise OutboundBufferLimitError
        self.sent.append((subject, payload))


def message(seq: int, reply: str = "", delivered: int = 1) -> Message:
    return Message("s", reply or f"ack.{seq}", b"", "BENCH_EVENTS", seq, delivered, seq, 0)


@pytest.fixture
def connection() -> FakeConnection:
    return FakeConnection()


def holdings(connection: FakeConnection, ack_wait_seconds: float = 60.0) -> Holdings:
    return Holdings(cast("Client", connection), ack_wait_seconds=ack_wait_seconds)


async def test_what_is_stored_is_acknowledged(connection: FakeConnection) -> None:
    held = holdings(connection)
    messages = [message(1), message(2)]
    assert all(held.hold(one) for one in messages)
    await held.acknowledge(messages)
    assert connection.sent == [("ack.1", b"+ACK"), ("ack.2", b"+ACK")]
    assert len(held) == 0


async def test_a_redelivery_of_a_held_message_is_not_held_again(
    connection: FakeConnection,
) -> None:
    """Only its newest reply subject is used, and it is decoded once."""
    held = holdings(connection)
    first = message(1)
    assert held.hold(first)
    assert not held.hold(message(1, reply="ack.again", delivered=2))
    await held.acknowledge([first])
    assert connection.sent == [("ack.again", b"+ACK")]


async def test_giving_back_asks_for_redelivery_after_a_delay(connection: FakeConnection) -> None:
    held = holdings(connection)
    held.hold(message(1))
    await held.give_back([message(1)], delay_seconds=1.5)
    assert connection.sent == [("ack.1", b'-NAK {"delay": 1500000000}')]


async def test_everything_left_is_given_back_at_the_end(connection: FakeConnection) -> None:
    held = holdings(connection)
    held.hold(message(1))
    held.hold(message(2))
    await held.give_back_all()
    assert connection.sent == [("ack.1", b"-NAK"), ("ack.2", b"-NAK")]
    assert len(held) == 0


async def test_acknowledgements_that_cannot_be_sent_are_no_error(
    connection: FakeConnection,
) -> None:
    connection.full = True
    await holdings(connection).acknowledge([message(1)])


async def test_held_messages_are_kept_in_progress(connection: FakeConnection) -> None:
    held = holdings(connection, ack_wait_seconds=0.05)
    held.hold(message(1))
    keeping = asyncio.create_task(held.keep_in_progress())
    while len(connection.sent) < 3:  # noqa: ASYNC110 - the fake has nothing to wait for
        await asyncio.sleep(0.005)
    keeping.cancel()
    assert set(connection.sent) == {("ack.1", b"+WPI")}

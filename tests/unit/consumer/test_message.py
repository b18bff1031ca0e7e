"""The reply subject of a delivered message tells where it comes from."""

import pytest

from benchwire.consumer.message import Message, NotDelivered, parse_delivery

V1 = "$JS.ACK.BENCH_EVENTS.benchwire-consumer.2.17.21.1790000000123456789.5"
V2 = "$JS.ACK.hub.Acc0unt.BENCH_EVENTS.benchwire-consumer.2.17.21.1790000000123456789.5"
EXPECTED = {
    "stream": "BENCH_EVENTS",
    "stream_seq": 17,
    "delivered": 2,
    "stored_ns": 1_790_000_000_123_456_789,
    "pending": 5,
}


def facts(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in EXPECTED}


@pytest.mark.parametrize("reply", [V1, V2, V2 + ".r4nd0m"])
def test_both_token_forms_are_read(reply: str) -> None:
    message = parse_delivery("bench.events.a", reply, b"x")
    assert facts(message) == EXPECTED
    assert (message.subject, message.reply, message.payload) == ("bench.events.a", reply, b"x")


@pytest.mark.parametrize("reply", ["", "_INBOX.abc.1", "$JS.ACK.a.b.c.d.e.f.g", V1 + ".x"])
def test_anything_else_was_not_delivered_by_jetstream(reply: str) -> None:
    with pytest.raises(NotDelivered):
        parse_delivery("bench.events.a", reply, b"")


def test_the_key_tells_streams_that_were_made_anew_apart() -> None:
    first = parse_delivery("s", V1, b"")
    again = parse_delivery("s", V1.replace("1790000000123456789", "1790000009999999999"), b"")
    assert first.stream_seq == again.stream_seq
    assert first.key != again.key

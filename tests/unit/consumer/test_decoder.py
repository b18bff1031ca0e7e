"""A message becomes rows and dead letters, whatever its bytes are."""

import itertools
import json

import pytest
from tests.support.wire_events import WireMessage, run_messages

from benchwire.consumer import decoder
from benchwire.consumer.decoder import Decoded, decode
from benchwire.consumer.message import Message

STORED_NS = 1_790_000_000_123_456_789
RECEIVED_AT = "2026-09-21T14:13:20.123456Z"


def delivered(payload: bytes, subject: str = "bench.events.a.b.c.d") -> Message:
    return Message(subject, "r", payload, "BENCH_EVENTS", 7, 1, STORED_NS, 0)


def valid(n_events: int = 3) -> WireMessage:
    return next(run_messages(n_events=n_events, per_message=n_events))


def decode_valid(n_events: int = 3) -> tuple[WireMessage, Decoded]:
    wire = valid(n_events)
    return wire, decode(delivered(wire.payload, wire.subject))


def test_valid_lines_are_stored_as_sent_plus_what_the_stream_knows() -> None:
    wire, decoded = decode_valid()
    assert decoded.n_events == 3
    assert not decoded.dead_letters
    rows = [json.loads(row) for row in decoded.rows.split(b"\n") if row]
    for row, line in zip(rows, wire.payload.split(b"\n"), strict=True):
        assert row.pop("received_at") == RECEIVED_AT
        assert row.pop("stream_seq") == 7
        assert row == json.loads(line)


def test_a_trailing_newline_changes_nothing() -> None:
    wire, decoded = decode_valid()
    again = decode(delivered(wire.payload + b"\n", wire.subject))
    assert again.rows == decoded.rows
    assert not again.dead_letters


def test_one_bad_line_does_not_cost_its_neighbours() -> None:
    wire = valid()
    lines = wire.payload.split(b"\n")
    lines[1] = b'{"broken'
    decoded = decode(delivered(b"\n".join(lines), wire.subject))
    assert decoded.n_events == 2
    assert decoded.stored_line_numbers == [1, 3]
    (letter,) = decoded.dead_letters
    assert (letter.stream, letter.stream_seq, letter.line_no) == ("BENCH_EVENTS", 7, 2)
    assert (letter.reason, letter.raw) == ("not_json", b'{"broken')
    assert letter.received_at == RECEIVED_AT


def test_a_wrong_subject_refuses_the_lines_that_decoded() -> None:
    wire = valid()
    payload = wire.payload + b"\nnonsense"
    decoded = decode(delivered(payload, "bench.events.other.b.c.d"))
    assert (decoded.n_events, decoded.rows) == (0, b"")
    reasons = [(letter.line_no, letter.reason) for letter in decoded.dead_letters]
    assert reasons == [
        (1, "wrong_subject"),
        (2, "wrong_subject"),
        (3, "wrong_subject"),
        (4, "not_json"),
    ]
    assert decoded.dead_letters[0].raw == payload.split(b"\n")[0]
    assert wire.subject in decoded.dead_letters[0].detail


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_json"),
        (b"not json", "not_json"),
        (b"\x00\xff\xfe binary \x80", "not_json"),
        (b"[1, 2]", "not_object"),
        (b"null", "not_object"),
        (b"{}", None),
        (b'{"schema_version": 99}', None),
        (b"[" * 100_000, None),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, None),
        (b"x" * 1_000_000, "not_json"),
        (b'{"data":"' + b"y" * 1_000_000 + b'"}', None),
    ],
)
def test_garbage_is_one_dead_letter_with_its_bytes(payload: bytes, reason: str | None) -> None:
    decoded = decode(delivered(payload))
    (letter,) = decoded.dead_letters
    assert letter.raw == payload
    assert letter.reason != decoder.DECODER_FAILED
    assert reason is None or letter.reason == reason


def test_a_failing_codec_is_a_dead_letter_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """One message that trips a bug must not stop all others."""

    def broken(_: bytes) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(decoder, "decode_message", broken)
    (letter,) = decode(delivered(b"anything")).dead_letters
    assert (letter.reason, letter.detail) == (decoder.DECODER_FAILED, "ZeroDivisionError")
    assert letter.raw == b"anything"


def test_rows_of_messages_join_by_nothing() -> None:
    messages = itertools.islice(run_messages(n_events=4, per_message=2), 2)
    body = b"".join(decode(delivered(m.payload, m.subject)).rows for m in messages)
    assert [json.loads(row)["seq"] for row in body.split(b"\n") if row] == [0, 1, 2, 3]

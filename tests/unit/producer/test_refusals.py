import itertools

import pytest

from benchwire.producer.publisher.refusals import PAUSE_SECONDS_MAX, PubAck, Refusals, read_reply


@pytest.mark.parametrize(
    ("payload", "status", "reason"),
    [
        (b"", "503", "stream_missing"),
        (b"", "400", "stream_refused"),
        (b"garbage", None, "stream_refused"),
        (b"{}", None, "stream_refused"),
        (
            b'{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}}',
            None,
            "stream_full",
        ),
        (
            b'{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum"}}',
            None,
            "message_too_large",
        ),
        (b'{"error":{"code":500,"description":"no"}}', None, "stream_refused"),
    ],
)
def test_a_refusal_says_why(payload: bytes, status: str | None, reason: str) -> None:
    assert read_reply(payload, status) == reason


def test_an_acknowledgement_names_the_stream_sequence() -> None:
    answer = read_reply(b'{"stream":"BENCH_EVENTS","seq":7,"duplicate":true}', None)
    assert isinstance(answer, PubAck)
    assert (answer.seq, answer.duplicate) == (7, True)


def test_a_refusing_stream_is_tried_less_and_less_often() -> None:
    now = [0.0]
    refusals = Refusals(clock=lambda: now[0])
    assert not refusals.paused
    tries: list[float] = []
    refusals.refused("stream_full")
    for _ in range(2_000):
        now[0] += 0.01
        if refusals.may_try():
            tries.append(now[0])
            refusals.refused("stream_full")
    waits = [round(b - a, 1) for a, b in itertools.pairwise([0.0, *tries])]
    assert waits[1:6] == [0.5, 1.0, 2.0, 4.0, PAUSE_SECONDS_MAX]


def test_one_accepted_message_ends_the_pause() -> None:
    refusals = Refusals()
    refusals.refused("stream_missing")
    assert refusals.paused
    assert refusals.accepted()
    assert not refusals.paused
    assert not refusals.accepted()

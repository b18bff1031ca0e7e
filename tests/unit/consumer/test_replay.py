"""What a replay says of itself, and what may come back as which event."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.wire_events import run_messages

from benchwire.consumer.letter_key import LetterKey
from benchwire.consumer.letter_states import LetterState, table_rows
from benchwire.consumer.message import Message
from benchwire.consumer.replay import (
    HEADER_BYTES_RESERVED,
    NOTE_CHARS_MAX,
    Replay,
)
from benchwire.consumer.replay_rules import (
    NotReplayable,
    check_correction,
    own_subject,
    refused_now,
)

KEY = LetterKey("BENCH_EVENTS", 7, 2)
RECEIVED_AT = "2026-09-21T14:13:20.123456Z"
(WIRE,) = run_messages(n_events=2, per_message=2)
LINE = WIRE.payload.split(b"\n")[0]


def changed(**fields: object) -> bytes:
    return json.dumps({**json.loads(LINE), **fields}).encode()


@settings(max_examples=40)
@given(st.text(max_size=NOTE_CHARS_MAX + 20))
def test_any_note_fits_a_header(note: str) -> None:
    """NATS headers are lines of ASCII; whatever a person writes must not end one."""
    replay = Replay(key=KEY, received_at=RECEIVED_AT, changed_by="ann@host", note=note)
    header = replay.header()
    assert header.isascii()
    assert header.isprintable()
    assert len(header) < HEADER_BYTES_RESERVED
    read = Replay.parse(header)
    assert read is not None
    assert read.key == KEY
    assert read.note == note[:NOTE_CHARS_MAX]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"letter":"x","received_at":"","by":""}'])
def test_a_header_of_somebody_else_is_none(text: str) -> None:
    assert Replay.parse(text) is None


def test_a_good_line_would_be_taken_now() -> None:
    assert not refused_now(LINE, WIRE.subject)
    assert own_subject(LINE) == WIRE.subject


def test_what_would_be_refused_again_is_known_before() -> None:
    refused = [
        refused_now(b"{", WIRE.subject),
        refused_now(changed(schema_version=2), WIRE.subject),
        refused_now(LINE, "bench.events.a.b.c.d"),
    ]
    assert [letter.reason for (letter,) in refused] == [
        "not_json",
        "newer_version",
        "wrong_subject",
    ]


def test_a_corrected_line_must_be_the_same_event() -> None:
    check_correction(changed(event_id="x", payload_hash=0), LINE)
    check_correction(b"not readable", LINE)
    with pytest.raises(NotReplayable, match="seq"):
        check_correction(changed(seq=99), LINE)


def test_a_state_is_a_row_and_the_same_one_at_every_delivery() -> None:
    state = LetterState(
        key=KEY, received_at=RECEIVED_AT, state="discarded", detail="Müll", changed_by="ann@host"
    )
    message = Message(
        KEY.state_subject, "", state.encode(), "S", 11, 1, 1_790_000_000_000_001_999, 0
    )
    row = json.loads(table_rows([message]))
    assert row["detail"] == "Müll"
    assert (row["changed_at"], row["state_seq"]) == ("2026-09-21T14:13:20.000001Z", 11)
    again = Message(KEY.state_subject, "", state.encode(), "S", 11, 2, message.stored_ns, 3)
    assert json.loads(table_rows([again])) == row


def test_a_state_on_another_letters_subject_changes_nothing() -> None:
    state = LetterState(
        key=KEY, received_at=RECEIVED_AT, state="discarded", detail="", changed_by="x"
    )
    other = LetterKey("BENCH_EVENTS", 8, 1)
    strange = Message(other.state_subject, "", state.encode(), "S", 1, 1, 0, 0)
    garbage = Message(KEY.state_subject, "", b"\xff", "S", 2, 1, 0, 0)
    unknown = Message(KEY.state_subject, "", b'{"state":"gone"}', "S", 3, 1, 0, 0)
    assert table_rows([strange, garbage, unknown]) == b""

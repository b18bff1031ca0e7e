"""The committed lines of wire v1 must decode for ever, and be written the same way again."""

import json
from pathlib import Path

import pytest

from benchwire.schemas.codec import decode_message, encode_event, judge_line
from benchwire.schemas.event import EVENT_TYPES, PAYLOADS, EventType
from benchwire.schemas.message import read_canonical

GOLDEN = Path(__file__).parents[2] / "golden" / "v1"


def _line(event_type: EventType) -> bytes:
    return (GOLDEN / f"{event_type}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_golden_line_decodes_and_encodes_to_the_same_bytes(event_type: EventType) -> None:
    line = _line(event_type)
    event = judge_line(line)
    assert event.event_type == event_type
    assert encode_event(event) == line
    assert decode_message(line).lines == [line]


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_golden_line_shows_every_field(event_type: EventType) -> None:
    data = json.loads(_line(event_type))["data"]
    assert list(data) == list(PAYLOADS[event_type].model_fields)


def test_golden_lines_make_one_message() -> None:
    lines = [_line(event_type) for event_type in EVENT_TYPES]
    decoded = decode_message(b"\n".join(lines) + b"\n")
    assert decoded.refused == []
    assert decoded.lines == lines
    assert decoded.subject == (
        "bench.events.web-bugs=2Feffort.copilot=2Fgpt-5=2Fhigh.pagination-off-by-one"
        ".0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11"
    )


def test_golden_lines_take_the_fast_path() -> None:
    """All but one: its checksum is beyond 63 bits, which msgspec leaves to the judge."""
    slow = {
        event_type
        for event_type in EVENT_TYPES
        if read_canonical([_line(event_type)], _line(event_type)) is None
    }
    assert slow == {"emitter_stop"}

"""What is written can be read, and says the same: whatever the payload holds."""

import pytest
from hypothesis import HealthCheck, given, settings
from tests.strategies import events, payloads

from benchwire.schemas.codec import decode_message, encode_event, judge_line
from benchwire.schemas.event import EVENT_TYPES, BenchmarkEvent, EventType
from benchwire.schemas.fast import encode_payload, validate_payload

_SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_an_event_written_is_read_back_equal(event_type: EventType) -> None:
    @_SETTINGS
    @given(events(event_type))
    def check(event: BenchmarkEvent) -> None:
        line = encode_event(event)
        assert judge_line(line) == event
        decoded = decode_message(line)
        assert decoded.refused == []
        assert decoded.lines == [line]
        assert decoded.body == line

    check()


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_fields_and_model_are_encoded_to_the_same_bytes(event_type: EventType) -> None:
    @_SETTINGS
    @given(payloads(event_type))
    def check(fields: dict[str, object]) -> None:
        model = validate_payload(event_type, fields)
        assert encode_payload(event_type, fields) == encode_payload(event_type, model)

    check()

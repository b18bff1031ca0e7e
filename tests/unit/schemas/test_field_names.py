"""Somebody who names a field that does not exist is told which there are."""

from typing import Any

import pytest

from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import EventType
from benchwire.schemas.fast import validate_payload


@pytest.mark.parametrize(
    ("event_type", "fields", "said"),
    [
        (
            "step",
            {"kind": "act", "conten": "x"},
            "step.conten: no such field; did you mean content?",
        ),
        (
            "step",
            {"kind": "act", "usage": {"tokens": 1}},
            "step.usage.tokens: no such field; did you mean input_tokens?",
        ),
        (
            "run_stop",
            {"status": "ok", "models": [{"model": "m", "usage": {"output_token": 1}}]},
            "run_stop.models.0.usage.output_token: no such field; did you mean output_tokens?",
        ),
        (
            "failure",
            {"root": {"kind": "build", "zzz": 1}},
            "failure.root.build.zzz: no such field; there are command, error_type, kind",
        ),
        ("tool_call", {"name": "x", "zzz": 1}, "tool_call.zzz: no such field"),
    ],
)
def test_a_wrong_name_is_answered_with_a_right_one(
    event_type: EventType, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidEvent) as refused:
        validate_payload(event_type, fields)
    assert str(refused.value) == f"unknown_field: {said}"


def test_a_wrong_kind_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidEvent) as refused:
        validate_payload("failure", {"root": {"kind": "ghp_0123456789abcdef"}})
    assert "failure.root: kind is none of 'build', 'import'" in str(refused.value)
    assert "ghp" not in str(refused.value)


def test_what_was_sent_is_never_repeated() -> None:
    with pytest.raises(InvalidEvent) as refused:
        validate_payload("step", {"kind": "act", "secret": "ghp_0123456789abcdef"})
    assert "ghp" not in str(refused.value)

"""Payloads are encoded in declared order without their absent fields, or refused with a reason."""

import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from benchwire.schemas import (
    EVENT_TYPES,
    PAYLOADS,
    BuildRoot,
    EmitterRef,
    EventType,
    Heartbeat,
    InvalidEvent,
    ModelUsage,
    RunStop,
    Step,
    Usage,
)
from benchwire.schemas.fast import encode_payload, payload_struct


def _nested(levels: int) -> Any:
    document: Any = 1
    for _ in range(levels):
        document = {"d": document}
    return document


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_structs_have_the_fields_of_their_models_in_order(event_type: EventType) -> None:
    assert payload_struct(event_type).__struct_fields__ == tuple(PAYLOADS[event_type].model_fields)


@pytest.mark.parametrize(
    "usage",
    [{"input_tokens": 5}, Usage(input_tokens=5), MappingProxyType({"input_tokens": 5})],
)
def test_nested_models_may_be_given_as_models_or_mappings(usage: object) -> None:
    fields = {"turn": 3, "kind": "act", "usage": usage, "model": None}
    assert encode_payload("step", fields) == b'{"kind":"act","turn":3,"usage":{"input_tokens":5}}'


def test_models_in_lists_and_models_as_payload() -> None:
    fields: dict[str, Any] = {
        "status": "ok",
        "models": [ModelUsage(model="m", usage=Usage(nano_aiu=1)), {"model": "n"}],
        "emitters": (EmitterRef(emitter="runner", epoch=2**64 - 1),),
    }
    expected = (
        b'{"status":"ok","models":[{"model":"m","usage":{"nano_aiu":1}},{"model":"n"}],'
        b'"emitters":[{"emitter":"runner","epoch":18446744073709551615}]}'
    )
    assert encode_payload("run_stop", fields) == expected
    assert encode_payload("run_stop", RunStop(**fields)) == expected


def test_free_form_documents_keep_their_nulls_and_order() -> None:
    fields = {"kind": "act", "extra": {"b": None, "a": [1, {"c": 2.5}], "t": (1,)}}
    assert encode_payload("step", fields) == (
        b'{"kind":"act","extra":{"b":null,"a":[1,{"c":2.5}],"t":[1]}}'
    )


def test_integers_in_number_fields_are_written_as_numbers() -> None:
    assert encode_payload("step", {"kind": "act", "reward": 1}) == b'{"kind":"act","reward":1.0}'
    assert encode_payload("step", Step(kind="act", reward=1)) == b'{"kind":"act","reward":1.0}'


def test_unpaired_surrogates_are_replaced() -> None:
    fields = {"kind": "act", "content": "a\udcffb", "extra": {"\ud800": ["\ud83d\ude00"]}}
    assert json.loads(encode_payload("step", fields)) == {
        "kind": "act",
        "content": "a\ufffdb",
        "extra": {"\ufffd": ["\U0001f600"]},
    }


def test_a_datetime_is_taken_for_a_timestamp() -> None:
    at = datetime(2026, 3, 1, 10, 0, 0, 5, UTC)
    data = encode_payload("verdict", {"grader": "g", "outcome": "resolved", "graded_at": at})
    assert b'"graded_at":"2026-03-01T10:00:00.000005Z"' in data


def test_numbers_up_to_64_bits_and_documents_up_to_64_levels_are_kept() -> None:
    extra = {"u": 2**64 - 1, "i": -(2**63), "deep": _nested(63)}
    assert json.loads(encode_payload("step", {"kind": "act", "extra": extra}))["extra"] == extra
    data = encode_payload(
        "emitter_stop", {"n_events": 2**64 - 1, "checksum": 2**63, "sealed_by": "close"}
    )
    assert json.loads(data) == {"n_events": 2**64 - 1, "checksum": 2**63, "sealed_by": "close"}


@pytest.mark.parametrize(
    ("event_type", "fields", "reason"),
    [
        ("step", {}, "missing_field"),
        ("step", {"kind": "act", "nope": 1}, "unknown_field"),
        ("step", {"kind": "act", "usage": {"tokens": 1}}, "unknown_field"),
        ("step", {"kind": "dance"}, "invalid_field"),
        ("step", {"kind": "act", "turn": 1.0}, "invalid_field"),
        ("step", {"kind": "act", "turn": True}, "invalid_field"),
        ("step", {"kind": "act", "turn": "1"}, "invalid_field"),
        ("step", {"kind": "act", "turn": 2**32}, "invalid_field"),
        ("step", {"kind": "act", "turn": -1}, "invalid_field"),
        ("step", {"kind": "act", "reward": "1"}, "invalid_field"),
        ("step", {"kind": "act", "reward": True}, "invalid_field"),
        ("step", {"kind": "act", "reward": float("nan")}, "invalid_field"),
        ("step", {"kind": "act", "reward": float("inf")}, "invalid_field"),
        ("step", {"kind": "act", "reward": 10**400}, "invalid_field"),
        ("step", {"kind": "act", "usage": {"input_tokens": 10**12 + 1}}, "invalid_field"),
        ("step", {"kind": "act", "content_sha256": "a" * 64 + "\n"}, "invalid_field"),
        ("step", {"kind": "act", "content": b"bytes"}, "invalid_field"),
        ("step", {"kind": "act", "model": "x" * 4097}, "invalid_field"),
        ("step", {"kind": "act", "parent_step_id": ""}, "invalid_field"),
        ("step", {"kind": "act", "extra": {"a": float("nan")}}, "invalid_field"),
        ("step", {"kind": "act", "extra": {"a": 2**64}}, "invalid_field"),
        ("step", {"kind": "act", "extra": {"a": -(2**63) - 1}}, "invalid_field"),
        ("step", {"kind": "act", "extra": {1: 2}}, "invalid_field"),
        ("step", {"kind": "act", "extra": {"a": b"x"}}, "invalid_field"),
        (
            "step",
            {"kind": "act", "extra": {"a": datetime.now(UTC)}},
            "invalid_field",
        ),
        ("step", {"kind": "act", "extra": _nested(65)}, "too_deep"),
        ("step", {"kind": "act", "extra": _nested(5000)}, "too_deep"),
        ("step", {"kind": "act", "usage": BuildRoot(kind="build")}, "invalid_field"),
        ("step", {"kind": "act", "usage": Heartbeat()}, "invalid_field"),
        ("step", {"kind": "act", "usage": object()}, "invalid_field"),
        ("run_stop", {"status": "ok", "models": [Heartbeat()]}, "invalid_field"),
        ("heartbeat", Step(kind="act"), "invalid_field"),
        ("heartbeat", 5, "invalid_field"),
        ("heartbeat", [], "invalid_field"),
        ("failure", {"root": {"kind": "gremlins"}}, "invalid_field"),
        ("failure", {"root": {}}, "invalid_field"),
        ("failure", {"root": {"kind": "build", "tool_name": "x"}}, "unknown_field"),
        (
            "verdict",
            {"grader": "g", "outcome": "resolved", "graded_at": "2026-02-31T00:00:00.000000Z"},
            "invalid_field",
        ),
        ("run_start", {"host": {"started_at": "2026-02-31T00:00:00.000000Z"}}, "invalid_field"),
        ("run_start", {"started_at": datetime(2026, 1, 1)}, "invalid_field"),  # noqa: DTZ001
        ("emitter_stop", {"n_events": 2**64, "checksum": 0, "sealed_by": "close"}, "invalid_field"),
    ],
)
def test_a_payload_that_breaks_the_contract_is_refused(
    event_type: EventType, fields: Any, reason: str
) -> None:
    with pytest.raises(InvalidEvent) as caught:
        encode_payload(event_type, fields)
    assert caught.value.reason == reason
    assert caught.value.hint


def test_a_model_made_without_validation_is_validated() -> None:
    bad: dict[str, Any] = {"kind": "dance"}
    with pytest.raises(InvalidEvent):
        encode_payload("step", Step.model_construct(None, **bad))


def test_a_document_that_holds_itself_is_refused() -> None:
    extra: dict[str, Any] = {}
    extra["self"] = extra
    with pytest.raises(InvalidEvent) as caught:
        encode_payload("step", {"kind": "act", "extra": extra})
    assert caught.value.reason == "too_deep"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "hunter2"},
        {"kind": "act", "turn": "hunter2"},
        {"kind": "act", "extra": {"password": b"hunter2"}},
        {"kind": "act", "usage": {"input_tokens": "hunter2"}},
        {"kind": "act", "content_sha256": "hunter2"},
    ],
)
def test_an_error_never_shows_the_value(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent) as caught:
        encode_payload("step", fields)
    assert "hunter2" not in f"{caught.value} {caught.value!r} {caught.value.detail}"

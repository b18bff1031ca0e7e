"""What `benchwire schema export` gives is the contract, says an independent validator."""
# pyright: reportUnknownMemberType=false
# jsonschema's stubs leave a deprecated argument of its methods untyped.

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from referencing import Registry, Resource
from tests.strategies import lines

from benchwire.schemas import EVENT_TYPES, BenchmarkEvent, EventType
from benchwire.schemas.generate import bundle_schema, event_schema, schema_files

GOLDEN = Path(__file__).parents[2] / "golden" / "v1"
BUNDLE = Draft202012Validator(bundle_schema())
BREAKS: dict[str, Any] = {
    "schema_version": [2, "1", True],
    "event_id": ["", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"],
    "event_type": ["steps", None],
    "ts": ["yesterday", "2026-10-02T12:00:00Z", "2026-10-02 12:00:00.000000Z", 0],
    "experiment_id": ["", "x" * 257, "two\nlines", 7, None],
    "run_id": ["run-1"],
    "epoch": [-1, 2**64, 1.5, "1"],
    "seq": [-1, None],
    "cfg_hash": ["abc"],
    "payload_hash": [-1, "1"],
    "data": [None, [], "text"],
}


def golden(event_type: EventType) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GOLDEN / f"{event_type}.json").read_bytes())
    return document


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_a_golden_line_is_valid_for_its_type_and_for_no_other(event_type: EventType) -> None:
    schema = event_schema(event_type)
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(golden(event_type))) == []
    assert list(BUNDLE.iter_errors(golden(event_type))) == []
    other: EventType = "heartbeat" if event_type != "heartbeat" else "step"
    assert not Draft202012Validator(event_schema(other)).is_valid(golden(event_type))


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_a_broken_line_is_refused_as_by_the_model(event_type: EventType) -> None:
    broken = [{**golden(event_type), name: value} for name in BREAKS for value in BREAKS[name]]
    broken += [{k: v for k, v in golden(event_type).items() if k != name} for name in BREAKS]
    broken.append({**golden(event_type), "surprise": 1})
    validator = Draft202012Validator(event_schema(event_type))
    for line in broken:
        assert not validator.is_valid(line), line
        with pytest.raises(ValidationError):
            BenchmarkEvent.model_validate(line)


def test_broken_payloads_are_refused() -> None:
    for path, value in (
        (("kind",), "guess"),
        (("turn",), -1),
        (("usage", "input_tokens"), 10**12 + 1),
        (("usage", "input_tokens"), "12"),
        (("usage", "inputtokens"), 12),
        (("tool",), "a field of another type"),
    ):
        line = copy.deepcopy(golden("step"))
        place = line["data"]
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        assert not BUNDLE.is_valid(line), path


@settings(max_examples=40)
@given(line=lines())
def test_whatever_the_contract_accepts_is_valid(line: bytes) -> None:
    assert [error.message for error in BUNDLE.iter_errors(json.loads(line))] == []


def test_the_separate_files_refer_to_each_other() -> None:
    documents = {name: json.loads(text) for name, text in schema_files().items()}
    resources = [(name, Resource.from_contents(each)) for name, each in documents.items()]
    registry: Registry[Any] = Registry[Any]().with_resources(resources)
    validator = Draft202012Validator(documents["event.json"], registry=registry)
    for event_type in EVENT_TYPES:
        assert validator.is_valid(golden(event_type))
        assert not validator.is_valid({**golden(event_type), "seq": -1})

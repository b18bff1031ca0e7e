"""What is generated from the models says what the models say."""

import json
from pathlib import Path

import pytest

from benchwire.schemas import EVENT_TYPES, PAYLOADS, Envelope, EventType
from benchwire.schemas.docstrings import field_docstrings
from benchwire.schemas.generate import event_schema, files
from benchwire.schemas.inspection import models_of

MODELS = {model.__name__: model for payload in PAYLOADS.values() for model in models_of(payload)}


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, text in files().items()])
def test_the_committed_file_is_what_would_be_generated(path: Path, text: str) -> None:
    """When this fails: ``python -m benchwire.schemas.generate``."""
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", MODELS)
def test_every_field_of_a_payload_has_a_docstring(name: str) -> None:
    model = MODELS[name]
    own = set(model.model_fields) - {"kind"}
    assert own <= set(field_docstrings(model))


def test_every_field_of_the_envelope_has_a_docstring() -> None:
    assert list(field_docstrings(Envelope)) == list(Envelope.model_fields)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_a_schema_describes_the_whole_line(event_type: EventType) -> None:
    schema = event_schema(event_type)
    assert list(schema["properties"]) == [*Envelope.model_fields, "data"]
    assert set(schema["required"]) == set(schema["properties"])
    assert schema["properties"]["event_type"]["const"] == event_type
    payload = schema["$defs"][PAYLOADS[event_type].__name__]
    assert list(payload["properties"]) == list(PAYLOADS[event_type].model_fields)
    used = set(_references(schema))
    assert used <= {f"#/$defs/{name}" for name in schema["$defs"]}
    assert used >= {f"#/$defs/{model.__name__}" for model in models_of(PAYLOADS[event_type])}


def _references(node: object) -> list[str]:
    return [part.split('"')[0] for part in json.dumps(node).split('"$ref": "')[1:]]

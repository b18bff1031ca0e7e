"""Writes what follows from the models: ``fields.py`` and the JSON Schemas of wire v1.

Run as ``python -m benchwire.schemas.generate``; a test fails while the files differ.
"""

import json
from pathlib import Path
from typing import Any, Final

from benchwire.schemas.docstrings import field_docstrings
from benchwire.schemas.event import EVENT_TYPES, PAYLOADS, Envelope, EventType
from benchwire.schemas.generate_fields import fields_module
from benchwire.schemas.inspection import models_of

_HERE: Final = Path(__file__).parent
_JSON_SCHEMAS: Final = _HERE.parent.parent / "json" / "v1"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def files() -> dict[Path, str]:
    """Return every generated file with its content."""
    written = {_HERE / "fields.py": fields_module()}
    return written | {_JSON_SCHEMAS / name: text for name, text in schema_files().items()}


def event_schema(event_type: EventType) -> dict[str, Any]:
    """Return the JSON Schema of one event type: envelope and payload."""
    payload = PAYLOADS[event_type]
    envelope = Envelope.model_json_schema()
    data = payload.model_json_schema()
    definitions = data.pop("$defs", {})
    definitions[payload.__name__] = data
    for model in models_of(payload):
        _describe(definitions[model.__name__], field_docstrings(model))
    _describe(envelope, field_docstrings(Envelope))
    event_type_schema = envelope["properties"]["event_type"]
    envelope["properties"]["event_type"] = {
        "const": event_type,
        "description": event_type_schema["description"],
    }
    envelope["properties"]["data"] = {"$ref": f"#/$defs/{payload.__name__}"}
    return {
        "$schema": _DIALECT,
        "title": event_type,
        "description": data["description"],
        "type": "object",
        "additionalProperties": False,
        "properties": envelope["properties"],
        "required": [*envelope["required"], "data"],
        "$defs": dict(sorted(definitions.items())),
    }


def union_schema() -> dict[str, Any]:
    """Return the JSON Schema of any event, by reference to those of the types."""
    return {
        "$schema": _DIALECT,
        "title": "event",
        "description": "One event of wire v1; `event_type` tells which.",
        "oneOf": [{"$ref": f"{event_type}.json"} for event_type in EVENT_TYPES],
    }


def bundle_schema() -> dict[str, Any]:
    """Return the JSON Schema of any event as one document that refers to nothing outside it."""
    definitions: dict[str, Any] = {}
    for event_type in EVENT_TYPES:
        schema = event_schema(event_type)
        del schema["$schema"]
        definitions |= schema.pop("$defs")
        definitions[f"{event_type}_event"] = schema
    return {
        **union_schema(),
        "oneOf": [{"$ref": f"#/$defs/{event_type}_event"} for event_type in EVENT_TYPES],
        "$defs": dict(sorted(definitions.items())),
    }


def schema_files() -> dict[str, str]:
    """Return name and text of every file of JSON Schema."""
    written = {f"{name}.json": schema_text(event_schema(name)) for name in EVENT_TYPES}
    return {**written, "event.json": schema_text(union_schema())}


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as it is written to a file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _describe(schema: dict[str, Any], docstrings: dict[str, str]) -> None:
    for name, field in schema.get("properties", {}).items():
        field.pop("title", None)
        if name in docstrings:
            field["description"] = docstrings[name]


def main() -> None:
    """Write the generated files."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

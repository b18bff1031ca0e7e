"""The fast way from fields to ``data`` bytes: msgspec first, the pydantic model as the judge."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import PAYLOADS, EventType
from benchwire.schemas.free_form import clean, is_list, is_mapping
from benchwire.schemas.inspection import Nested, nested_models
from benchwire.schemas.judgement import invalid_event
from benchwire.schemas.payload import Payload
from benchwire.schemas.structs import PayloadShape, payload_shape, payload_struct, run_checks

__all__ = ["encode_payload", "json_bytes", "payload_struct"]

_convert: Final = msgspec.convert
_encoder: Final = msgspec.json.Encoder()
json_bytes: Final = _encoder.encode
"""Compact UTF-8 JSON, as the wire writes it."""
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


def encode_payload(event_type: EventType, fields: Mapping[str, Any] | Payload) -> bytes:
    """Validate a payload and return the bytes of its ``data``: declared order, None left out.

    Nested models may be given as models or as mappings.

    Raises:
        InvalidEvent: The payload breaks the contract.
    """
    shape = payload_shape(event_type)
    try:
        struct = _struct(shape, fields)
        if shape.checks:
            run_checks(shape.checks, struct)
        return json_bytes(struct)
    except (ValueError, OverflowError, RecursionError):
        pass  # msgspec's errors are ValueErrors; the model judges, and explains
    return json_bytes(plain(validate_payload(event_type, fields)))


def _struct(shape: PayloadShape, fields: Any) -> msgspec.Struct:
    if type(fields) is dict:
        mapping: dict[str, Any] = fields  # pyright: ignore[reportUnknownVariableType] - JSON edge
        for name, model in shape.models:
            if type(mapping.get(name)) is model:
                break
        else:
            return _convert(mapping, shape.struct)
    if not _fits(shape.model, fields):
        raise ValueError("the model judges")
    return _convert(fields, shape.struct, from_attributes=True)


def validate_payload(event_type: EventType, fields: Mapping[str, Any] | Payload) -> Payload:
    """Return the payload as its pydantic model; unpaired surrogates become U+FFFD.

    Raises:
        InvalidEvent: The payload breaks the contract.
    """
    model: type[Payload] = PAYLOADS[event_type]
    try:
        return model.model_validate(bare(event_type, fields))
    except ValidationError as error:
        raise invalid_event(error, model, f"{event_type}.") from None
    except RecursionError:
        raise InvalidEvent("too_deep", f"{event_type} nests too deep") from None


def bare(event_type: EventType, fields: Mapping[str, Any] | Payload) -> Any:
    """Return a payload as plain containers with clean text, still to be validated.

    Raises:
        InvalidEvent: A model of another class stands where this payload has its own.
    """
    if _is_foreign(PAYLOADS[event_type], fields):
        raise InvalidEvent("invalid_field", f"{event_type} holds another kind of payload")
    return clean(plain(fields))


def plain(value: Any) -> Any:
    """Return models as dicts without their absent fields, in declared order; the rest as is."""
    if type(value) in _SCALARS:  # most values: no need to ask what else they might be
        return value
    if isinstance(value, Payload):
        fields = type(value).model_fields
        items = ((name, getattr(value, name)) for name in fields)
        return {name: plain(item) for name, item in items if item is not None}
    if is_mapping(value):
        return {key: plain(item) for key, item in value.items()}
    if is_list(value):
        return [plain(item) for item in value]
    return value


def _fits(model: type[Payload], fields: Any) -> bool:
    """Tell whether every nested model is a dict or of its own class.

    msgspec reads any object's attributes: another class would lose its fields without a word.
    """
    if type(fields) is dict:
        mapping: dict[str, Any] = fields  # pyright: ignore[reportUnknownVariableType] - JSON edge
        for nested in nested_models(model):
            value = mapping.get(nested.name)
            if value is not None and not _nested_fits(nested, value):
                return False
        return True
    return type(fields) is model


def _nested_fits(nested: Nested, value: Any) -> bool:
    if nested.many:
        return type(value) in (list, tuple) and all(_fits(nested.model, item) for item in value)
    return type(value) is nested.model or _fits(nested.model, value)


def _is_foreign(model: type[Payload], fields: Any) -> bool:
    """Tell whether a model of another class stands somewhere in the payload."""
    if isinstance(fields, Payload):
        return type(fields) is not model
    if not is_mapping(fields):
        return False  # no payload at all: the model says so
    for nested in nested_models(model):
        value = fields.get(nested.name)
        items = value if nested.many and is_list(value) else (value,)
        if any(_is_foreign(nested.model, item) for item in items):
            return True
    return False

"""Looking into the payload models: what their fields hold, and within which limits."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from benchwire.schemas.payload import Payload

Part = tuple[Any, list[Any]]
"""One alternative of a field's type, with its limits and checks."""


@dataclass(frozen=True, slots=True)
class Nested:
    """A field that holds a model, or several: what callers may put there besides a dict."""

    name: str
    model: type[Payload]
    many: bool


@lru_cache(maxsize=256)
def nested_models(model: type[Payload]) -> tuple[Nested, ...]:
    """Return the fields of a model that hold models themselves; unions are left out."""
    return tuple(
        Nested(name, inner, get_origin(kind) is tuple)
        for name, info in model.model_fields.items()
        for kind, _ in _single(field_parts(info))
        if (inner := model_of(kind)) is not None
    )


def field_parts(info: FieldInfo) -> list[tuple[Any, list[Any]]]:
    """Return the alternatives of a field's type, each with its limits and checks."""
    return _parts(info.annotation, flat_metadata(info.metadata))


def model_of(kind: Any) -> type[Payload] | None:
    """Return the model a type is, or is a tuple of."""
    held = get_args(kind)[0] if get_origin(kind) is tuple else kind
    return held if isinstance(held, type) and issubclass(held, Payload) else None


def models_of(payload: type[Payload]) -> list[type[Payload]]:
    """Return the models a payload is made of, inner ones first."""
    found: dict[type[Payload], None] = {}
    for info in payload.model_fields.values():
        for kind, _ in field_parts(info):
            inner = model_of(kind)
            if inner is not None:
                found.update(dict.fromkeys(models_of(inner)))
    found[payload] = None
    return list(found)


def _parts(annotation: Any, metadata: list[Any]) -> list[tuple[Any, list[Any]]]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _parts(inner, [*flat_metadata(more), *metadata])
    if origin in (Union, UnionType):
        return [part for member in get_args(annotation) for part in _parts(member, metadata)]
    return [(annotation, metadata)]


def has_check(metadata: list[Any], check: Callable[..., Any]) -> bool:
    """Tell whether a field is checked by ``check`` after it was read."""
    return any(isinstance(item, AfterValidator) and item.func is check for item in metadata)


def flat_metadata(metadata: Any) -> list[Any]:
    """Return limits and checks one by one, those inside of pydantic's ``Field`` too."""
    flat: list[Any] = []
    for item in metadata:
        flat.extend(flat_metadata(item.metadata) if isinstance(item, FieldInfo) else [item])
    return flat


def _single(parts: list[tuple[Any, list[Any]]]) -> list[tuple[Any, list[Any]]]:
    """Leave a union of models out: msgspec reads its tag, which no other class has."""
    models = [part for part in parts if model_of(part[0]) is not None]
    return models if len(models) == 1 else []

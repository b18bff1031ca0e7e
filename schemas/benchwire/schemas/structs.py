"""msgspec structs derived from the pydantic models, so that the fast path cannot drift from them.

A struct accepts a subset of what its model accepts: what msgspec cannot express (integers beyond
63 bits, documents nested deeper than a few levels) is refused here and left to the model.
"""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from benchwire.schemas.event import PAYLOADS, EventType
from benchwire.schemas.free_form import I64_MIN, check_json_object
from benchwire.schemas.inspection import (
    field_parts,
    flat_metadata,
    has_check,
    model_of,
    nested_models,
)
from benchwire.schemas.limits import FLOAT_MAX
from benchwire.schemas.payload import Payload
from benchwire.schemas.timestamps import check_timestamp

_I64_MAX: Final = 2**63 - 1
_FREE_FORM_LEVELS: Final = 5
"""Nesting of a free-form document the fast path reads itself; each level doubles its type."""
_BOUNDS: Final[dict[type, tuple[str, Callable[[Any, Any], Any]]]] = {
    Ge: ("ge", max),
    Le: ("le", min),
    MaxLen: ("max_length", min),
    MinLen: ("min_length", max),
}
_SCALARS: Final = (str, int, float, bool)

Checks = tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...]
"""(getter, check) pairs for what a type cannot say: calendar days."""


@dataclass(frozen=True, slots=True)
class PayloadShape:
    """A payload model as the fast path sees it."""

    model: type[Payload]
    struct: type[msgspec.Struct]
    checks: Checks
    """Checks to run on a struct after it was converted or decoded."""
    models: tuple[tuple[str, type[Payload]], ...]
    """Fields of the payload that callers may fill with a model."""


_lock: Final = threading.RLock()
_shapes: Final[dict[EventType, PayloadShape]] = {}
_structs: Final[dict[tuple[type[Payload], bool], type[msgspec.Struct]]] = {}


def payload_shape(event_type: EventType) -> PayloadShape:
    """Return the shape of an event type's payload, derived when first asked for."""
    shape = _shapes.get(event_type)
    if shape is None:
        with _lock:
            model = PAYLOADS[event_type]
            models = tuple((nested.name, nested.model) for nested in nested_models(model))
            shape = PayloadShape(model, struct_of(model), _checks(model, ""), models)
            _prepare(shape.struct)
            _shapes[event_type] = shape
    return shape


def _prepare(struct: type[msgspec.Struct]) -> None:
    """Let msgspec build what it caches for a struct, here, under the lock.

    It does so at the first conversion, and two threads that build at the same time crash the
    process (msgspec 0.22): the types it looks at are hashed by Python code, between whose lines
    another thread runs.
    """
    with contextlib.suppress(msgspec.ValidationError):
        msgspec.convert({}, struct)


def run_checks(checks: Checks, struct: Any) -> None:
    """Run a shape's checks on a struct; the first that fails raises ValueError."""
    for get, check in checks:
        value = get(struct)
        if value is not None:
            check(value)


def payload_struct(event_type: EventType) -> type[msgspec.Struct]:
    """Return the msgspec struct of an event type's payload."""
    return payload_shape(event_type).struct


def struct_of(model: type[Payload], *, tagged: bool = False) -> type[msgspec.Struct]:
    """Return the struct of a model: the same fields in the same order.

    A tagged one stands in a union told apart by ``kind``, which msgspec writes first.
    """
    with _lock:
        struct = _structs.get((model, tagged))
        if struct is None:
            struct = _define(model, tagged=tagged)
            _structs[model, tagged] = struct
        return struct


def _define(model: type[Payload], *, tagged: bool) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    tag: str | None = None
    for name, info in model.model_fields.items():
        if tagged and name == "kind":
            (tag,) = get_args(info.annotation)
            continue
        derived = _type(info.annotation, flat_metadata(info.metadata))
        fields.append((name, derived) if info.is_required() else (name, derived, info.default))
    return msgspec.defstruct(
        model.__name__,
        fields,
        kw_only=True,
        omit_defaults=True,
        forbid_unknown_fields=True,
        gc=False,
        tag_field="kind" if tagged else None,
        tag=tag,
        module=__name__,
    )


def _type(annotation: Any, metadata: list[Any]) -> Any:
    """Return the msgspec type of an annotation with these limits."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _type(inner, [*flat_metadata(more), *metadata])
    if origin in (Union, UnionType):
        return _union(get_args(annotation), metadata)
    if annotation in _SCALARS:
        return _scalar(annotation, metadata)
    if origin in (tuple, dict):
        return _container(annotation, metadata)
    model = model_of(annotation)
    if model is not None:
        return struct_of(model)
    if origin is Literal or annotation is NoneType:
        return annotation
    raise TypeError(f"no fast form for {annotation!r}; teach it to {__name__}")


def _union(members: tuple[Any, ...], metadata: list[Any]) -> Any:
    models = [model for member in members if (model := model_of(member)) is not None]
    if len(models) > 1:
        if models != list(members):
            raise TypeError("a union of models holds nothing else")
        return Union[tuple(struct_of(model, tagged=True) for model in models)]  # noqa: UP007
    return Union[tuple(_type(member, metadata) for member in members)]  # noqa: UP007


def _container(annotation: Any, metadata: list[Any]) -> Any:
    if get_origin(annotation) is tuple:
        items: Any = tuple.__class_getitem__((_type(get_args(annotation)[0], []), ...))
        return _bounded(items, metadata)
    if has_check(metadata, check_json_object):
        return free_form_object(_FREE_FORM_LEVELS)
    return _dict(_type(get_args(annotation)[1], []))


def _dict(values: Any) -> Any:
    # The checkers do not read types made at run time; the expression is dict[str, values].
    return dict.__class_getitem__((str, values))


def _scalar(kind: type, metadata: list[Any]) -> Any:
    limits: dict[str, Any] = {}
    if kind is float:
        limits = {"ge": -FLOAT_MAX, "le": FLOAT_MAX}  # keeps NaN and the infinities out
    elif kind is int:
        limits = {"ge": I64_MIN, "le": _I64_MAX}
    return _bounded(kind, metadata, limits)


def _bounded(kind: Any, metadata: list[Any], limits: dict[str, Any] | None = None) -> Any:
    found = dict(limits or {})
    for item in metadata:
        bound = _BOUNDS.get(type(cast("object", item)))
        if bound is not None:
            name, tighter = bound
            value = getattr(item, name)
            found[name] = tighter(value, found[name]) if name in found else value
        elif getattr(item, "pattern", None) is not None:
            # In Python's re, `$` also matches before a trailing newline.
            found["pattern"] = item.pattern.removesuffix("$") + r"\Z"
        elif not _is_known(item):
            raise TypeError(f"no fast form for {item!r}; teach it to {__name__}")
    return Annotated[kind, msgspec.Meta(**found)] if found else kind


def _is_known(item: Any) -> bool:
    if isinstance(item, BeforeValidator):
        return True  # it only widens what Python callers may pass: the model takes care of that
    if isinstance(item, AfterValidator):
        return item.func in (check_timestamp, check_json_object)
    if isinstance(item, WithJsonSchema):
        return True  # it describes the checks around it and makes none
    return getattr(item, "allow_inf_nan", None) is False


def free_form_object(levels: int) -> Any:
    """Return the type of a JSON object that nests at most ``levels`` deep."""
    scalar: Any = Union[None, bool, _scalar(int, []), _scalar(float, []), str]  # noqa: UP007
    value = scalar
    for _ in range(levels - 1):
        value = Union[scalar, list.__class_getitem__(value), _dict(value)]  # noqa: UP007
    return _dict(value)


def _checks(model: type[Payload], prefix: str) -> Checks:
    found: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = []
    for name, info in model.model_fields.items():
        for kind, metadata in field_parts(info):
            if has_check(metadata, check_timestamp):
                found.append((_optional(f"{prefix}{name}"), check_timestamp))
            elif isinstance(kind, type) and issubclass(kind, Payload):
                found.extend(_checks(kind, f"{prefix}{name}."))
    return tuple(found)


def _optional(path: str) -> Callable[[Any], Any]:
    getters = [attrgetter(name) for name in path.split(".")]

    def get(value: Any) -> Any:
        for getter in getters:
            if value is None:
                return None
            value = getter(value)
        return value

    return get

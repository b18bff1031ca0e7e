"""Which fields a payload has at some place, to tell somebody who named one that does not exist."""

import difflib
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

_LISTED_MAX: Final = 15
Schema = dict[str, Any]


def no_such_field(model: type[BaseModel], path: Sequence[int | str]) -> str:
    """Say that the last part of a path is no field there, and which one may have been meant.

    `path` is pydantic's `loc`: names, positions in lists, and the tags of unions.
    """
    known = _names_at(_schema(model), path[:-1])
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    if near:
        return f"no such field; did you mean {near[0]}?"
    if 0 < len(known) <= _LISTED_MAX:
        return f"no such field; there are {', '.join(known)}"
    return "no such field"


@cache
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def _names_at(schema: Schema, path: Sequence[int | str]) -> list[str]:
    here = [schema]
    for part in path:
        here = [inner for one in here for inner in _step(_resolved(schema, one), part)]
    return sorted({name for one in here for name in _properties(schema, one)})


def _properties(schema: Schema, place: Schema) -> list[str]:
    found = _resolved(schema, place)
    inner = [name for one in _choices(found) for name in _properties(schema, one)]
    return [*found.get("properties", ()), *inner]


def _step(place: Schema, part: int | str) -> list[Schema]:
    """Where a part of a path leads: into a field, an element, or what stands under a tag."""
    tags: dict[str, str] = place.get("discriminator", {}).get("mapping", {})
    if part in tags:
        return [{"$ref": tags[str(part)]}]
    if isinstance(part, int):
        return [place.get("items", {}), *(one.get("items", {}) for one in _choices(place))]
    return [place["properties"][part]] if part in place.get("properties", {}) else []


def _resolved(schema: Schema, place: Schema) -> Schema:
    """Follow a reference, and a choice between one thing and null."""
    while True:
        reference: str | None = place.get("$ref")
        if reference is not None:
            place = schema["$defs"][reference.rsplit("/", 1)[-1]]
            continue
        choices = [one for one in _choices(place) if one.get("type") != "null"]
        if len(choices) == 1:
            place = choices[0]
            continue
        return place


def _choices(place: Schema) -> list[Schema]:
    return [*place.get("anyOf", ()), *place.get("oneOf", ())]

"""Free-form JSON documents inside a payload: what they may hold, and how text is made clean."""

import math
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import PydanticCustomError

JSON_DEPTH_MAX: Final = 64
"""Deepest nesting of a free-form document; ClickHouse itself stops at 1,000."""
I64_MIN: Final = -(2**63)
U64_MAX: Final = 2**64 - 1
"""Integers outside make ClickHouse's JSON functions give up on the whole document."""


def check_json_object(document: dict[str, Any]) -> dict[str, Any]:
    """Return ``document`` unchanged if it holds nothing but JSON, within the limits.

    Raises:
        PydanticCustomError: It nests too deep, or holds a value that JSON, the wire or
            ClickHouse has no form for. The text names the rule, never the value.
    """
    _check(document, 1)
    return document


def _check(value: Any, depth: int) -> None:
    match value:
        case None | bool() | str():
            return
        case int():
            if not I64_MIN <= value <= U64_MAX:
                raise PydanticCustomError("json_integer", "integers fit 64 bits")
        case float():
            if not math.isfinite(value):
                raise PydanticCustomError("json_number", "numbers are finite")
        case dict():
            _check_depth(depth)
            for key, item in value.items():
                if not isinstance(key, str):
                    raise PydanticCustomError("json_key", "the keys of an object are strings")
                _check(item, depth + 1)
        case list() | tuple():
            _check_depth(depth)
            for item in value:
                _check(item, depth + 1)
        case _:
            raise PydanticCustomError("json_type", "a free-form document holds only JSON values")


def _check_depth(depth: int) -> None:
    if depth > JSON_DEPTH_MAX:
        raise PydanticCustomError("json_depth", "a free-form document nests at most 64 levels")


def clean(value: Any) -> Any:
    """Return ``value`` with plain containers and with text that UTF-8 can carry.

    An unpaired surrogate (bytes of another encoding that ``os.fsdecode`` let through) becomes
    U+FFFD. Mappings become dicts, tuples lists; anything else is passed on for validation.
    """
    match value:
        case str():
            return clean_text(value)
        case Mapping():
            return {clean(key): clean(item) for key, item in value.items()}
        case list() | tuple():
            return [clean(item) for item in value]
        case _:
            return value


def clean_text(text: str) -> str:
    """Return ``text`` with each unpaired surrogate replaced by U+FFFD; pairs are joined."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

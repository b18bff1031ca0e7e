"""Fits values of foreign logs into the ranges of the payload models.

A value that does not fit becomes absent (numbers) or is shortened (texts); one odd field never
costs a whole record. The ranges themselves stand in :mod:`benchwire.schemas.limits`.
"""

import hashlib
import math
import re
from decimal import Decimal
from typing import Any, Final, TypeGuard, cast

from benchwire.schemas import limits
from benchwire.schemas.free_form import JSON_DEPTH_MAX

DOCUMENT_DEPTH_MAX: Final = JSON_DEPTH_MAX - 8
"""Deepest free-form document that is kept whole, with room for the payload around it."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_INTEGER: Final = re.compile(r"-?\d{1,10}")


def integer(value: object, maximum: int) -> int | None:
    """``value`` as a whole number from 0 to ``maximum``; a float must be within half of one.

    JSON written by JavaScript knows no integers: 8668300000.0 is the integer 8668300000.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        if not 0 <= value <= maximum:  # also refuses NaN
            return None
        value = round(value)
    return value if 0 <= value <= maximum else None


def tokens(value: object) -> int | None:
    """A token count."""
    return integer(value, limits.TOKENS_MAX)


def nano_aiu(value: object) -> int | None:
    """A cost in nano-AIU."""
    return integer(value, limits.NANO_AIU_MAX)


def nano(value: object) -> int | None:
    """A cost in units (AIU, US dollars) as an integer in 10⁻⁹ of them, by exact arithmetic.

    The number counts as it was written: 0.1 is a tenth, not the nearest binary fraction.
    """
    if real(value) is None:
        return None
    return integer(round(Decimal(str(value)).scaleb(9)), limits.NANO_AIU_MAX)


def count(value: object) -> int | None:
    """A number of things."""
    return integer(value, 2**32 - 1)


def exit_code(value: object) -> int | None:
    """A process's exit code, which some logs write as text."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = round(value) if abs(value) < 2**31 else None
    return number if number == value else None


def real(value: object) -> float | None:
    """A finite number that is not negative, e.g. milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= limits.FLOAT_MAX else None


def milliseconds(seconds: object) -> float | None:
    """Seconds in milliseconds; absent where that is too large a number."""
    known = real(seconds)
    return None if known is None else real(known * 1000)


def number(value: object) -> float | None:
    """A finite number of either sign, e.g. a reward."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= limits.FLOAT_MAX else None


def flag(value: object) -> bool | None:
    """A truth value."""
    return value if isinstance(value, bool) else None


def name(value: object) -> str | None:
    """A short text; absent if empty."""
    return _text(value, limits.NAME_CHARS_MAX)


def text(value: object) -> str | None:
    """A long text; absent if empty."""
    return _text(value, limits.TEXT_CHARS_MAX)


def utf8_bytes(value: object) -> int | None:
    """Length of a text in UTF-8, before anything is cut."""
    return len(value.encode(errors="replace")) if isinstance(value, str) else None


def _text(value: object, chars_max: int) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return _clean(value)[:chars_max]


def identifier(value: object) -> str | None:
    """An id of 1 to 256 UTF-8 bytes without control characters.

    A longer one keeps its beginning and ends in 16 hex digits of its SHA-256, so that two long
    ids stay different.
    """
    if not isinstance(value, str):
        return None
    clean = _CONTROLS.sub(" ", _clean(value)).strip()
    raw = clean.encode()
    if len(raw) <= limits.ID_BYTES_MAX:
        return clean or None
    digest = hashlib.sha256(raw).hexdigest()[:16]
    return raw[: limits.ID_BYTES_MAX - 17].decode(errors="ignore") + "-" + digest


def names(value: object) -> tuple[str, ...] | None:
    """A list of short texts; whatever is none is left out."""
    if not is_array(value):
        return None
    found = (name(item) for item in value[: limits.LIST_ITEMS_MAX])
    return tuple(item for item in found if item is not None)


def document(value: object) -> dict[str, Any] | None:
    """A free-form JSON object; what lies too deep is replaced by ``"…"``."""
    if not is_object(value) or not value:
        return None
    return cast("dict[str, Any]", _within_depth(value, DOCUMENT_DEPTH_MAX))


def _within_depth(value: object, depth_left: int) -> object:
    if depth_left == 0 and isinstance(value, dict | list):
        return "…"
    if is_object(value):
        return {_clean(key): _within_depth(item, depth_left - 1) for key, item in value.items()}
    if is_array(value):
        return [_within_depth(item, depth_left - 1) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return str(value)  # beyond what JSON readers and ClickHouse agree on
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no form for it; 1e999 reads as infinity
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    """The text without lone surrogates, for which UTF-8 has no form."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Tell whether ``value`` is a JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Tell whether ``value`` is a JSON array."""
    return isinstance(value, list)


def mapping(value: object) -> dict[str, Any]:
    """``value`` if it is a JSON object, else an empty one: for looking into optional parts."""
    return value if is_object(value) else {}


def items(value: object) -> list[Any]:
    """``value`` if it is a JSON array, else an empty one."""
    return value if is_array(value) else []

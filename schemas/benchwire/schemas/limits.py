"""The closed number and text ranges every payload field is checked against.

A range is part of the wire contract: what fits here fits the ClickHouse column of the same
name, so that the engine's silent coercions (an overflow becomes 0) can never happen.
"""

from datetime import datetime
from typing import Annotated, Any, Final, TypeGuard, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from benchwire.schemas.free_form import U64_MAX, check_json_object
from benchwire.schemas.timestamps import check_timestamp, wire_timestamp

ID_BYTES_MAX: Final = 256
"""Longest identifier (experiment, job, policy, task, step, emitter), in UTF-8 bytes."""
NAME_CHARS_MAX: Final = 4_096
"""Longest short text: a tool name, a model name, a category."""
TEXT_CHARS_MAX: Final = 1_048_576
"""Longest long text before it is cut to the configured content limit."""
LIST_ITEMS_MAX: Final = 100_000
"""Most entries of a list inside one payload."""
TOKENS_MAX: Final = 10**12
NANO_AIU_MAX: Final = 10**15
FLOAT_MAX: Final = 1.7976931348623157e308

_Item = TypeVar("_Item")


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _tuple_of_list(value: Any) -> Any:
    # JSON has lists only, and people write lists; the frozen models keep tuples.
    return tuple(value) if _is_list(value) else value


def _text_of_datetime(value: Any) -> Any:
    return wire_timestamp(value) if isinstance(value, datetime) else value


Identifier = Annotated[str, Field(min_length=1, max_length=ID_BYTES_MAX)]
"""1 to 256 UTF-8 bytes, kept verbatim (the byte length is checked by the envelope)."""
Name = Annotated[str, Field(max_length=NAME_CHARS_MAX)]
Text = Annotated[str, Field(max_length=TEXT_CHARS_MAX)]
Hash32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""First 32 hex digits of a SHA-256."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A whole SHA-256 in lower-case hex."""
_TIMESTAMP_FORM: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"
Timestamp = Annotated[
    str,
    BeforeValidator(_text_of_datetime),
    Field(pattern=_TIMESTAMP_FORM),
    AfterValidator(check_timestamp),
    # pydantic does not see the form through the validator before it.
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _TIMESTAMP_FORM}),
]
"""UTC instant in the one lexical form of the wire, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``."""

TokenCount = Annotated[int, Field(ge=0, le=TOKENS_MAX)]
NanoAiu = Annotated[int, Field(ge=0, le=NANO_AIU_MAX)]
"""Cost in 10⁻⁹ AIU."""
NanoUsd = Annotated[int, Field(ge=0, le=NANO_AIU_MAX)]
"""Cost in 10⁻⁹ US dollars."""
Count = Annotated[int, Field(ge=0, le=2**32 - 1)]
Ordinal = Annotated[int, Field(ge=1, le=2**32 - 1)]
"""1, 2, 3, …"""
Bytes = Annotated[int, Field(ge=0, le=2**53 - 1)]
U64 = Annotated[int, Field(ge=0, le=U64_MAX)]
ExitCode = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Milliseconds = Annotated[float, Field(ge=0, le=FLOAT_MAX, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=FLOAT_MAX, allow_inf_nan=False)]
Real = Annotated[float, Field(ge=-FLOAT_MAX, le=FLOAT_MAX, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A share or probability, 0 to 1."""
NonNegative = Annotated[float, Field(ge=0, le=FLOAT_MAX, allow_inf_nan=False)]

Items = Annotated[
    tuple[_Item, ...], BeforeValidator(_tuple_of_list), Field(max_length=LIST_ITEMS_MAX)
]
"""A list, kept as a tuple."""
Names = Items[Name]
JsonObject = Annotated[dict[str, Any], AfterValidator(check_json_object)]
"""A free-form JSON object; nesting is bounded by :mod:`benchwire.schemas.free_form`."""

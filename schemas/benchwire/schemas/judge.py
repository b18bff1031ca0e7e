"""The judge: one line at a time, with every rule of the contract and a reason for each refusal."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import ValidationError

from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import (
    EVENT_TYPES,
    PAYLOADS,
    SCHEMA_VERSION,
    AnyPayload,
    BenchmarkEvent,
    Envelope,
)
from benchwire.schemas.free_form import I64_MIN, JSON_DEPTH_MAX, U64_MAX, is_list, is_object
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import event_id
from benchwire.schemas.judgement import invalid_event

_LINE_DEPTH_MAX: Final = JSON_DEPTH_MAX + 8
"""A free-form document, and the declared levels it may stand under."""
_INTEGER_CHARS_MAX: Final = 20
_encode: Final = msgspec.json.Encoder().encode


class _Parts(msgspec.Struct):
    data: msgspec.Raw


def judge_line(line: bytes) -> BenchmarkEvent:
    """Return the event a line holds.

    Raises:
        InvalidEvent: The line is no event of this contract; the reason says which rule.
    """
    judged = judge(line)
    return BenchmarkEvent.model_construct(None, **dict(judged.envelope), data=judged.payload)


class Judged(NamedTuple):
    """What a good line holds."""

    envelope: Envelope
    payload: AnyPayload
    """Without the fields this version does not know."""
    data: bytes
    """``data`` as sent, with them."""


def judge(line: bytes) -> Judged:
    """Return the parts of the event a line holds.

    Raises:
        InvalidEvent: As :func:`judge_line`.
    """
    document = parse_object(line)
    envelope, fields = _read_envelope(document)
    payload = _read_payload(envelope, fields)
    data = bytes(msgspec.json.decode(line, type=_Parts).data)
    expected = event_id(envelope.run_id, envelope.emitter, envelope.epoch, envelope.seq)
    if envelope.event_id != expected:
        raise InvalidEvent("wrong_event_id", f"expected {expected}")
    if envelope.payload_hash != payload_hash(data):
        raise InvalidEvent("wrong_payload_hash", f"data hashes to {payload_hash(data)}")
    return Judged(envelope, payload, data)


def wire_line(envelope: Envelope, data: bytes) -> bytes:
    """Return the envelope in wire form with ``data`` spliced in verbatim."""
    members = {name: getattr(envelope, name) for name in Envelope.model_fields}
    return b'%b,"data":%b}' % (_encode(members)[:-1], data)


def parse_object(line: bytes) -> dict[str, Any]:
    """Return the JSON object a line holds, with every lexical rule of the wire checked.

    Raises:
        InvalidEvent: The line is something else.
    """
    try:
        document: Any = _DECODER.decode(line.decode())
        if line.count(b"{") + line.count(b"[") > _LINE_DEPTH_MAX:
            _check_depth(document)
        # A second opinion: unpaired surrogate escapes, which ClickHouse refuses too.
        msgspec.json.decode(line)
    except UnicodeDecodeError as error:
        raise InvalidEvent("not_json", f"invalid UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise InvalidEvent("not_json", f"{error.msg} at character {error.pos}") from None
    except msgspec.DecodeError:
        raise InvalidEvent("not_json", "unpaired surrogate escape or malformed text") from None
    except RecursionError:
        raise InvalidEvent("too_deep", "the line nests too deep") from None
    if not is_object(document):
        raise InvalidEvent("not_object", "the line holds another JSON value")
    return document


def _read_envelope(document: dict[str, Any]) -> tuple[Envelope, dict[str, Any]]:
    version = document.get("schema_version")
    if type(version) is int and version > SCHEMA_VERSION:
        raise InvalidEvent("newer_version", f"schema_version {version}, known: {SCHEMA_VERSION}")
    event_type = document.get("event_type")
    if isinstance(event_type, str) and event_type not in EVENT_TYPES:
        raise InvalidEvent("unknown_event_type", "event_type is none of this schema version")
    fields: Any = document.pop("data", None)
    try:
        envelope = Envelope.model_validate(document)
    except ValidationError as error:
        raise invalid_event(error, Envelope) from None
    if fields is None:
        raise InvalidEvent("missing_field", "data: Field required")
    if not is_object(fields):
        raise InvalidEvent("invalid_field", "data: Input should be an object")
    return envelope, fields


def _read_payload(envelope: Envelope, fields: dict[str, Any]) -> AnyPayload:
    model: type[AnyPayload] = PAYLOADS[envelope.event_type]
    try:
        return model.model_validate(fields, extra="ignore")
    except ValidationError as error:
        raise invalid_event(error, model, "data.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise InvalidEvent("duplicate_key", "an object holds a key twice")
    return document


def _integer(text: str) -> int:
    # Beyond 64 bits ClickHouse's JSON functions give up on the whole document.
    if len(text) <= _INTEGER_CHARS_MAX:
        value = int(text)
        if I64_MIN <= value <= U64_MAX:
            return value
    raise InvalidEvent("invalid_field", "an integer does not fit 64 bits")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise InvalidEvent("invalid_field", "a number does not fit 64-bit floating point")
    return value


def _constant(text: str) -> Any:
    raise InvalidEvent("not_json", f"{text} is no JSON value")


def _check_depth(document: Any) -> None:
    level: list[Any] = [document]
    for _ in range(_LINE_DEPTH_MAX + 1):
        level = [item for value in level for item in _inside(value)]
        if not level:
            return
    raise InvalidEvent("too_deep", f"the line nests deeper than {_LINE_DEPTH_MAX} levels")


def _inside(value: Any) -> Iterable[Any]:
    if is_object(value):
        return value.values()
    return value if is_list(value) else ()


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_constant,
)

"""Reading a whole message of canonical lines at once: the consumer's hot path."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

import msgspec

from benchwire.schemas.event import EVENT_TYPES, Envelope, EventType, check_identifier
from benchwire.schemas.free_form import U64_MAX
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import EventIds, is_canonical_uuid
from benchwire.schemas.limits import ID_BYTES_MAX
from benchwire.schemas.structs import Checks, PayloadShape, payload_shape, run_checks
from benchwire.schemas.subject import event_subject
from benchwire.schemas.timestamps import YEAR_MAX, YEAR_MIN


@dataclass(frozen=True, slots=True)
class MessageIdentity:
    """What all events of one message have in common."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    emitter: str
    epoch: int

    @classmethod
    def of(cls, event: "Envelope | _StreamStruct") -> Self:
        """Return the identity of an event's message."""
        return cls(
            event.experiment_id,
            event.job_id,
            event.policy_id,
            event.task_id,
            event.run_id,
            event.emitter,
            event.epoch,
        )

    @property
    def subject(self) -> str:
        """The subject these events belong on."""
        return event_subject(self.experiment_id, self.policy_id, self.task_id, self.run_id)

    def difference(self, other: "MessageIdentity") -> str:
        """Name the fields in which two identities differ."""
        names = [f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)]
        return f"differs from the message's first event in {', '.join(names)}"


_Hex32 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
_Hex16 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]


class _StreamStruct(msgspec.Struct, forbid_unknown_fields=True):
    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    emitter: str
    epoch: Annotated[int, msgspec.Meta(ge=0)]


class _TailStruct(msgspec.Struct, forbid_unknown_fields=True):
    cfg_hash: _Hex32 | None
    env_hash: _Hex32 | None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None
    trace_id: _Hex32 | None
    span_id: _Hex16 | None


class _EventStruct(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The envelope in wire order; each event type's own struct adds its types."""

    schema_version: Literal[1]
    event_id: str
    event_type: Any
    # A datetime proves the calendar; equal bytes after encoding prove the form.
    ts: datetime
    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    emitter: str
    epoch: Annotated[int, msgspec.Meta(ge=0)]
    seq: Annotated[int, msgspec.Meta(ge=0)]
    step_id: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_BYTES_MAX)] | None
    cfg_hash: str | None
    env_hash: str | None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None
    trace_id: str | None
    span_id: str | None
    payload_hash: int
    data: Any


_TYPE_AT: Final = len('{"schema_version":1,"event_id":"","event_type":"') + 36
_TS_CHARS: Final = 27
_KEY_CHARS: Final = 7
"""Enough of a type's name, with what follows it, to tell the types apart."""
_IDENTIFIERS: Final = ("experiment_id", "job_id", "policy_id", "task_id", "emitter")
_MIDDLE: Final = b',"experiment_id":'
_SEQ: Final = b',"seq":'
_DATA: Final = b',"data":'
_TAIL: Final = b',"cfg_hash":'
_HASH: Final = b',"payload_hash":'
_NEAR: Final = 80
"""No ``data`` begins so soon after ``"seq":``: the shortest tail lies between them."""
_NO_TAIL: Final = b"\n"
"""Found in no line, so that the first one is looked at."""


_Reader = tuple[Callable[[bytes], Any], int, Checks]
"""(decode, where the part all lines share begins, checks a type cannot say)"""

_encode_lines: Final = msgspec.json.Encoder().encode_lines


def read_canonical(lines: list[bytes], body: bytes) -> MessageIdentity | None:
    """Return what the lines of ``body`` share if every one is a canonical, proven event.

    None means: at least one line is not, or needs a closer look than this path gives.
    """
    try:
        return _read(lines, body)
    except (ValueError, LookupError, ArithmeticError, RecursionError):
        return None  # msgspec's errors are ValueErrors; an unknown event type is a KeyError


def _read(lines: list[bytes], body: bytes) -> MessageIdentity | None:
    readers = _readers()
    middle = _middle(lines[0], readers)
    middle_chars = len(middle)
    stream = _stream(middle)
    tail = _NO_TAIL
    events: list[Any] = []
    seqs: list[int] = []
    whole_seconds = False
    for line in lines:
        decode, middle_at, checks = readers[line[_TYPE_AT : _TYPE_AT + _KEY_CHARS]]
        event = decode(line)
        # What the lines share stands at a fixed place, because everything before it has a
        # fixed length: this proves the length of `ts` too.
        if not line.startswith(middle, middle_at):
            return None
        seq_at = middle_at + middle_chars
        tail_at = line.find(tail, seq_at)
        # A tail found far off may be a copy inside of `data`.
        if tail_at < 0 or (tail_at > seq_at + _NEAR and line.find(_DATA, seq_at, tail_at) >= 0):
            tail_at, tail = _tail(line, seq_at)
        data_at = line.index(_DATA, tail_at + len(tail))
        if event.payload_hash != payload_hash(line[data_at + len(_DATA) : -1]):
            return None
        ts = event.ts
        if not YEAR_MIN <= ts.year <= YEAR_MAX:
            return None
        if ts.microsecond == 0:
            whole_seconds = True
        step_id = event.step_id
        if step_id is not None and not (step_id.isascii() and step_id.isprintable()):
            check_identifier(step_id)
        if checks:
            run_checks(checks, event.data)
        events.append(event)
        seqs.append(event.seq)
    # msgspec leaves out a fraction of zero. The length of `ts` is proven above; if another
    # string changes here, the comparison fails and the judge looks at the line.
    expected = body.replace(b'.000000Z"', b'Z"') if whole_seconds else body
    if _encode_lines(events)[:-1] != expected or max(seqs) > U64_MAX:
        return None
    matched = stream.ids.match(seqs, [event.event_id for event in events])
    return stream.identity if matched else None


class _Stream(NamedTuple):
    identity: MessageIdentity
    ids: EventIds


def _middle(line: bytes, readers: dict[bytes, _Reader]) -> bytes:
    """Return the bytes that all lines of a message share: ``experiment_id`` to ``"seq":``."""
    _, middle_at, _ = readers[line[_TYPE_AT : _TYPE_AT + _KEY_CHARS]]
    if not line.startswith(_MIDDLE, middle_at):
        raise ValueError("ts is out of form")
    return line[middle_at : line.index(_SEQ, middle_at) + len(_SEQ)]


@lru_cache(maxsize=4_096)
def _stream(middle: bytes) -> _Stream:
    """Return whose events these are; the messages of one stream share these bytes too."""
    identity = MessageIdentity.of(msgspec.json.decode(_object(middle, _SEQ), type=_StreamStruct))
    for name in _IDENTIFIERS:
        check_identifier(getattr(identity, name))
    if not is_canonical_uuid(identity.run_id) or identity.epoch > U64_MAX:
        raise ValueError("run_id or epoch is out of form")
    return _Stream(identity, EventIds(identity.run_id, identity.emitter, identity.epoch))


def _tail(line: bytes, start: int) -> tuple[int, bytes]:
    """Find ``cfg_hash`` to ``"payload_hash":`` in a line, to know these bytes in the next one."""
    begin = line.index(_TAIL, start, line.index(_DATA, start))
    tail = line[begin : line.index(_HASH, begin) + len(_HASH)]
    _check_tail(tail)
    return begin, tail


@lru_cache(maxsize=4_096)
def _check_tail(tail: bytes) -> None:
    """Check hashes, seed and trace; what is wrong raises, and is not remembered."""
    read = msgspec.json.decode(_object(tail, _HASH), type=_TailStruct)
    if read.seed is not None and read.seed > U64_MAX:
        raise ValueError("the seed is out of range")


def _object(members: bytes, following: bytes) -> bytes:
    """Return ``,"a":1,"b":2,"following":`` as the object ``{"a":1,"b":2}``."""
    return b"{%b}" % members[1 : -len(following)]


@lru_cache(maxsize=1)
def _readers() -> dict[bytes, _Reader]:
    """Return the reader of each event type by the first bytes that tell it apart."""
    readers: dict[bytes, _Reader] = {}
    for event_type in EVENT_TYPES:
        shape = payload_shape(event_type)
        decode = msgspec.json.Decoder(_event_struct(event_type, shape)).decode
        middle_at = _TYPE_AT + len(event_type) + len('","ts":"') + _TS_CHARS + len('"')
        # Seven bytes hold `step","` and tell `run_sta` from `run_sto`.
        key = f'{event_type}","ts"'.encode()[:_KEY_CHARS]
        readers[key] = (decode, middle_at, shape.checks)
    assert len(readers) == len(EVENT_TYPES)
    return readers


def _event_struct(event_type: EventType, shape: PayloadShape) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        f"{shape.model.__name__}Event",
        [("event_type", Literal[event_type]), ("data", shape.struct)],
        bases=(_EventStruct,),
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,
    )

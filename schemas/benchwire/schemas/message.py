"""Reading a whole message of canonical lines at once: the consumer's hot path."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Self

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
    def of(cls, event: Envelope) -> Self:
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


_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_HEX16: Final = re.compile(r"[0-9a-f]{16}")
_TYPE_AT: Final = len('{"schema_version":1,"event_id":"","event_type":"') + 36
_TS_CHARS: Final = 27
_KEY_CHARS: Final = 7
"""Enough of a type's name, with what follows it, to tell the types apart."""
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
    first, identity, middle = _common(lines[0], readers)
    middle_chars = len(middle)
    ids = EventIds(identity.run_id, identity.emitter, identity.epoch)
    tail = _NO_TAIL
    events: list[Any] = []
    seqs: list[int] = []
    whole_seconds = False
    for line in lines:
        decode, middle_at, checks = readers[line[_TYPE_AT : _TYPE_AT + _KEY_CHARS]]
        event = decode(line) if events else first
        # What the lines share stands at a fixed place, because everything before it has a
        # fixed length: this proves the length of `ts` too.
        if not line.startswith(middle, middle_at):
            return None
        seq_at = middle_at + middle_chars
        tail_at = line.find(tail, seq_at)
        # A tail found far off may be a copy inside of `data`.
        if tail_at < 0 or (tail_at > seq_at + _NEAR and line.find(_DATA, seq_at, tail_at) >= 0):
            tail_at, tail = _checked_tail(line, seq_at, event)
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
    return identity if ids.match(seqs, [event.event_id for event in events]) else None


def _common(line: bytes, readers: dict[bytes, _Reader]) -> tuple[Any, MessageIdentity, bytes]:
    """Return the first event, what it shares with the others, and its bytes up to ``"seq":``."""
    decode, middle_at, _ = readers[line[_TYPE_AT : _TYPE_AT + _KEY_CHARS]]
    if not line.startswith(_MIDDLE, middle_at):
        raise ValueError("ts is out of form")
    event = decode(line)
    identity = MessageIdentity.of(event)
    for field in fields(identity)[:-1]:
        check_identifier(getattr(identity, field.name))
    if not is_canonical_uuid(identity.run_id) or identity.epoch > U64_MAX:
        raise ValueError("run_id or epoch is out of form")
    return event, identity, line[middle_at : line.index(_SEQ, middle_at) + len(_SEQ)]


def _checked_tail(line: bytes, start: int, event: Any) -> tuple[int, bytes]:
    """Check hashes, seed and trace of a line; return where their bytes are, to know them again."""
    begin = line.index(_TAIL, start, line.index(_DATA, start))
    for text, form in (
        (event.cfg_hash, _HEX32),
        (event.env_hash, _HEX32),
        (event.trace_id, _HEX32),
        (event.span_id, _HEX16),
    ):
        if text is not None and form.fullmatch(text) is None:
            raise ValueError("a hash or trace id is out of form")
    if event.seed is not None and event.seed > U64_MAX:
        raise ValueError("the seed is out of range")
    return begin, line[begin : line.index(_HASH, begin) + len(_HASH)]


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

"""What a segment holds: whole events, unreadable lines, a torn tail, gaps and declared losses."""

import functools
from dataclasses import dataclass, field
from typing import Final

import msgspec

from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import EventIds

DATA_KEY: Final = b',"data":'
U64: Final = 2**64


class Facts(msgspec.Struct, frozen=True):
    """The part of an event line that the journal itself needs."""

    event_id: str
    event_type: str
    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    emitter: str
    epoch: int
    seq: int
    payload_hash: int
    ts: str = ""
    cfg_hash: str | None = None
    env_hash: str | None = None
    seed: int | None = None
    trace_id: str | None = None
    span_id: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Range(msgspec.Struct, frozen=True):
    first_seq: int
    last_seq: int


class _Loss(msgspec.Struct, frozen=True):
    ranges: tuple[_Range, ...] = ()


_FACTS: Final = msgspec.json.Decoder(Facts)
_LOSS: Final = msgspec.json.Decoder(_Loss)


@dataclass(slots=True)
class Contents:
    """The result of reading one segment from its first byte to its last."""

    kept: list[bytes] = field(default_factory=list[bytes])
    """Readable lines, in file order, newline included."""
    unreadable: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    """Offset and bytes of whole lines that are no events."""
    torn: bytes = b""
    """What follows the last newline: a write that a kill cut short."""
    first: Facts | None = None
    """The first readable event."""
    next_seq: int = 0
    """The sequence number after the highest one seen."""
    checksum: int = 0
    """Sum of the payload hashes, the segment's base included."""
    sealed: bool = False
    """True if an ``emitter_stop`` is there."""
    missing: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Sequence ranges, both ends included, that neither carry an event nor are declared."""


def read_contents(raw: bytes, *, base_seq: int, base_checksum: int) -> Contents:
    """Read a segment; never raises, whatever the bytes are."""
    contents = Contents(checksum=base_checksum, next_seq=base_seq)
    seen: set[int] = set()
    declared: list[tuple[int, int]] = []
    offset = 0
    for line in raw.splitlines(keepends=True) if b"\r" not in raw else _split(raw):
        if not line.endswith(b"\n"):
            contents.torn = line
            break
        facts = read_line(line)
        if facts is None:
            contents.unreadable.append((offset, line))
        else:
            contents.kept.append(line)
            _account(contents, facts, seen, declared)
        offset += len(line)
    contents.missing = _gaps(
        [*((seq, seq) for seq in seen), *declared], base_seq, contents.next_seq
    )
    return contents


def read_line(line: bytes) -> Facts | None:
    """The facts of one line; None if it is not an event whose identity and payload are intact."""
    start = line.find(DATA_KEY)
    if start < 0:
        return None
    try:
        facts = _FACTS.decode(line)
    except (msgspec.MsgspecError, ValueError):
        return None
    if facts.event_id != _event_ids(facts.run_id, facts.emitter, facts.epoch).of(facts.seq):
        return None
    body = line[start + len(DATA_KEY) :].rstrip(b"\n")[:-1]
    return facts if payload_hash(body) == facts.payload_hash else None


@functools.lru_cache(maxsize=64)
def _event_ids(run_id: str, emitter: str, epoch: int) -> EventIds:
    """A segment has one of them; making it costs more than using it."""
    return EventIds(run_id, emitter, epoch)


def _split(raw: bytes) -> list[bytes]:
    """As splitlines, but at newlines only: carriage returns separate nothing here."""
    lines = [line + b"\n" for line in raw.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _account(
    contents: Contents, facts: Facts, seen: set[int], declared: list[tuple[int, int]]
) -> None:
    if facts.seq in seen:
        return
    seen.add(facts.seq)
    contents.first = contents.first or facts
    contents.next_seq = max(contents.next_seq, facts.seq + 1)
    contents.checksum = (contents.checksum + facts.payload_hash) % U64
    if facts.event_type == "emitter_stop":
        contents.sealed = True
    elif facts.event_type == "telemetry_loss":
        declared.extend((lost.first_seq, lost.last_seq) for lost in _declared(facts))


def _declared(facts: Facts) -> tuple[_Range, ...]:
    try:
        return _LOSS.decode(facts.data).ranges
    except (msgspec.MsgspecError, ValueError):
        return ()


def _gaps(accounted: list[tuple[int, int]], first: int, end: int) -> list[tuple[int, int]]:
    gaps: list[tuple[int, int]] = []
    expected = first
    for begin, last in sorted(accounted):
        if begin > expected:
            gaps.append((expected, begin - 1))
        expected = max(expected, last + 1)
    if expected < end:
        gaps.append((expected, end - 1))
    return gaps

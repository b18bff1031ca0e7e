"""The wire codec: events to lines, and messages of many lines to proven events.

The fast path decodes each line into a typed struct and encodes all of them again: equal bytes
prove lexical forms, key order, unique keys and known fields in one comparison. Whatever differs
goes line by line to the judge, so that one bad line never costs its neighbours.
"""

from dataclasses import dataclass
from typing import Final

from benchwire.schemas.errors import InvalidEvent, InvalidReason
from benchwire.schemas.event import BenchmarkEvent
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.judge import judge, judge_line, wire_line
from benchwire.schemas.message import MessageIdentity, read_canonical

__all__ = [
    "DecodedMessage",
    "MessageIdentity",
    "RefusedLine",
    "decode_message",
    "encode_event",
    "judge_line",
]

_NEWLINE: Final = b"\n"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is no event of this contract, with its bytes and why."""

    line_no: int
    """1 for the first line of the message."""
    raw: bytes
    """The line as received, without its line end."""
    reason: InvalidReason
    """Closed set; the label of metrics and dead letters."""
    detail: str
    """Which field, which rule; never a value of a free-form map."""


@dataclass(slots=True)
class DecodedMessage:
    """What a message holds: events to store, and lines to set aside."""

    lines: list[bytes]
    """Accepted wire lines in order, without line ends."""
    refused: list[RefusedLine]
    """Everything else."""
    identity: MessageIdentity | None
    """What all accepted lines have in common; None if none was accepted."""
    body: bytes
    """The accepted lines joined by line feeds; the payload itself when nothing had to change."""

    @property
    def n_events(self) -> int:
        """Number of accepted events."""
        return len(self.lines)

    @property
    def subject(self) -> str | None:
        """The subject these events belong on; None if none was accepted."""
        return None if self.identity is None else self.identity.subject


def encode_event(event: BenchmarkEvent) -> bytes:
    """Return the wire line of an event, without a line end.

    Raises:
        InvalidEvent: The payload hash is not the one of the bytes written. An event read from
            a foreign line keeps its hash only together with that line.
    """
    data = encode_payload(event.event_type, event.data)
    if payload_hash(data) != event.payload_hash:
        raise InvalidEvent("wrong_payload_hash", "data is not written as it was hashed")
    return wire_line(event, data)


def decode_message(payload: bytes) -> DecodedMessage:
    """Read a message: NDJSON of one (run, emitter, epoch), with or without a last line end.

    Never raises: what is wrong with a line is in :attr:`DecodedMessage.refused`.
    """
    body = payload[:-1] if payload.endswith(_NEWLINE) else payload
    lines = body.split(_NEWLINE)
    identity = read_canonical(lines, body)
    if identity is not None:
        return DecodedMessage(lines, [], identity, body)
    return _decode_lines(lines)


def _decode_lines(lines: list[bytes]) -> DecodedMessage:
    accepted: list[bytes] = []
    refused: list[RefusedLine] = []
    common: MessageIdentity | None = None
    for line_no, raw in enumerate(lines, start=1):
        try:
            identity, line = _decode_line(raw)
            if common is not None:
                _require_same(common, identity)
        except InvalidEvent as error:
            refused.append(RefusedLine(line_no, raw, error.reason, error.detail))
        else:
            common = identity
            accepted.append(line)
    return DecodedMessage(accepted, refused, common, _NEWLINE.join(accepted))


def _require_same(common: MessageIdentity, identity: MessageIdentity) -> None:
    if identity != common:
        raise InvalidEvent("mixed_message", common.difference(identity))


def _decode_line(raw: bytes) -> tuple[MessageIdentity, bytes]:
    identity = read_canonical([raw], raw)
    if identity is not None:
        return identity, raw
    judged = judge(raw)
    return MessageIdentity.of(judged.envelope), wire_line(judged.envelope, judged.data)

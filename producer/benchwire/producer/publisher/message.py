"""Cuts journal bytes into messages: whole lines of one emitter epoch, named by their numbers."""

from dataclasses import dataclass
from typing import Final

SEQ_KEY: Final = b',"seq":'


@dataclass(frozen=True, slots=True)
class Message:
    """One NATS message, cut from a segment."""

    start: int
    """Offset of its first byte in the segment."""
    end: int
    """Offset behind its last newline."""
    payload: bytes
    """Lines joined by newlines, without a trailing one."""
    n_events: int
    first_seq: int
    last_seq: int


def cut_message(  # noqa: PLR0913 - where it lies in two coordinates, and its limits
    chunk: bytes,
    begin: int,
    start: int,
    *,
    events_max: int,
    bytes_max: int,
    end_before: int | None = None,
) -> Message | None:
    """The message that starts at ``chunk[begin]``, which is the segment's byte ``start``.

    ``end_before`` is where the message ended when it was cut once before. None if ``chunk`` does
    not hold a whole line. A line longer than ``bytes_max`` makes a message of its own.
    """
    # The newline after the last line is not sent, so it may lie one byte beyond the limit.
    limit = begin + bytes_max + 1
    if end_before is not None:
        end = begin + end_before - start
        if begin < end <= min(len(chunk), limit):
            return _message(chunk[begin:end], start)
    end = chunk.rfind(b"\n", begin, limit) + 1
    if end == 0:
        end = chunk.find(b"\n", begin) + 1
        if end == 0:
            return None
    lines = chunk[begin:end]
    beyond = lines.split(b"\n", events_max)[-1]
    return _message(lines[: len(lines) - len(beyond)], start)


def _message(lines: bytes, start: int) -> Message:
    last_line = lines.rfind(b"\n", 0, len(lines) - 1) + 1
    return Message(
        start=start,
        end=start + len(lines),
        payload=lines[:-1],
        n_events=lines.count(b"\n"),
        first_seq=_seq_of(lines, 0),
        last_seq=_seq_of(lines, last_line),
    )


def _seq_of(lines: bytes, line_start: int) -> int:
    """The sequence number of one line.

    Inside a JSON string a quote is always escaped, so the first match is the envelope's key.
    """
    begin = lines.index(SEQ_KEY, line_start) + len(SEQ_KEY)
    return int(lines[begin : lines.index(b",", begin)])

"""A message as JetStream delivered it: bytes, and what its reply subject tells about it."""

from dataclasses import dataclass
from typing import Final

REPLAY_HEADER: Final = "Benchwire-Replay"
"""Marks a message that brings back a dead letter; its value names the letter."""

_V1_TOKENS: Final = 9
"""`$JS.ACK.<stream>.<durable>.<delivered>.<stream seq>.<durable seq>.<time ns>.<pending>`"""
_V2_TOKENS: Final = 11
"""`$JS.ACK.<domain>.<account>.<stream>.…` as above, and possibly a random token at the end."""


@dataclass(slots=True)
class Message:
    """One delivered message; not frozen because a frozen one costs three times as much to make."""

    subject: str
    reply: str
    payload: bytes
    stream: str
    stream_seq: int
    delivered: int
    """1 on first delivery, more on redelivery."""
    stored_ns: int
    """When JetStream stored it, nanoseconds since 1970: the same at every delivery."""
    pending: int
    """Messages the durable had still to deliver after this one."""
    replay: str | None = None
    """Header of a message that brings back a dead letter: see `replay.py`."""

    @property
    def key(self) -> tuple[int, int]:
        """Tells messages apart even when a stream was made anew and counts from 1 again."""
        return (self.stream_seq, self.stored_ns)


class NotDelivered(ValueError):  # noqa: N818 - says what the message is
    """The message did not come from a JetStream consumer."""


def parse_delivery(subject: str, reply: str, payload: bytes, replay: str | None = None) -> Message:
    """Read the delivery metadata off the reply subject, once per message."""
    tokens = reply.split(".")
    count = len(tokens)
    if count == _V1_TOKENS:
        first = 2
    elif count >= _V2_TOKENS:
        first = 4
    else:
        raise NotDelivered(reply)
    try:
        return Message(
            subject,
            reply,
            payload,
            tokens[first],
            int(tokens[first + 3]),
            int(tokens[first + 2]),
            int(tokens[first + 5]),
            int(tokens[first + 6]),
            replay,
        )
    except ValueError as error:
        raise NotDelivered(reply) from error

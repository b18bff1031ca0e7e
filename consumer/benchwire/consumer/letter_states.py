"""What became of a dead letter: a message in BENCH_DEAD_LETTERS, and a row that is made of it.

A letter without such a message is open. The newest message of a letter decides, in the stream
(one message per subject) as in the table `dead_letter_states` (the latest change counts), and
the rows are made of the messages alone; so both say the same, and the table can be made again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, get_args

import msgspec
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from benchwire.consumer.letter_key import LetterKey
from benchwire.consumer.message import Message
from benchwire.consumer.streams import DEAD_LETTERS_STREAM
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.timestamps import wire_timestamp_us

TABLE: Final = "dead_letter_states"
PUBLISH_TIMEOUT_SECONDS: Final = 5.0
DETAIL_CHARS_MAX: Final = 1_000

State = Literal["replayed", "discarded"]
STATES: Final[tuple[State, ...]] = get_args(State)
_STATES: Final[dict[str, State]] = {state: state for state in STATES}

_NS_PER_US: Final = 1_000
_WRONG_LAST_SEQUENCE: Final = 10071


class StateChanged(BenchwireError):  # noqa: N818 - a fact about the letter
    """Somebody else changed the letter's state in the meantime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterState:
    """One change of a letter's state."""

    key: LetterKey
    received_at: str
    """When the letter's message was received: tells it from one of a stream made anew."""
    state: State
    detail: str
    """What was done, and why."""
    changed_by: str
    """Who did it."""

    def encode(self) -> bytes:
        """Return the payload of the message."""
        return msgspec.json.encode(
            {
                "stream": self.key.stream,
                "stream_seq": self.key.stream_seq,
                "line_no": self.key.line_no,
                "received_at": self.received_at,
                "state": self.state,
                "detail": self.detail[:DETAIL_CHARS_MAX],
                "changed_by": self.changed_by,
            }
        )

    @classmethod
    def decode(cls, payload: bytes) -> Self | None:
        """Read a payload; None for one that nobody of ours wrote."""
        try:
            found: dict[str, Any] = json.loads(payload)
            key = LetterKey(str(found["stream"]), int(found["stream_seq"]), int(found["line_no"]))
            texts = [str(found[name]) for name in ("received_at", "detail", "changed_by")]
            state = _STATES[found["state"]]
        except (ValueError, KeyError, TypeError):
            return None
        received_at, detail, changed_by = texts
        return cls(
            key=key, received_at=received_at, state=state, detail=detail, changed_by=changed_by
        )


async def current(js: JetStreamContext, key: LetterKey) -> tuple[LetterState | None, int]:
    """Return what the stream says of a letter (None: open) and the sequence of that message."""
    try:
        message: RawStreamMsg = await js.get_last_msg(DEAD_LETTERS_STREAM, key.state_subject)
    except NotFoundError:
        return None, 0
    return LetterState.decode(message.data or b""), message.seq or 0


async def record(
    js: JetStreamContext,
    change: LetterState,
    *,
    message_id: str | None = None,
    after: int | None = None,
) -> None:
    """Publish a change and return when JetStream has stored it.

    With `after`, the sequence that `current` gave, only if nothing happened since; else raises
    `StateChanged`. With `message_id` the same change published twice at once is one message.
    """
    headers: dict[str, str] = {}
    if message_id is not None:
        headers["Nats-Msg-Id"] = message_id
    if after is not None:
        headers["Nats-Expected-Last-Subject-Sequence"] = str(after)
    try:
        await js.publish(
            change.key.state_subject,
            change.encode(),
            timeout=PUBLISH_TIMEOUT_SECONDS,
            stream=DEAD_LETTERS_STREAM,
            headers=headers or None,
        )
    except APIError as error:
        if error.err_code != _WRONG_LAST_SEQUENCE:
            raise
        raise StateChanged(
            f"{change.key} was replayed or discarded by somebody else just now",
            hint="look at it again: benchwire dead-letters show",
        ) from error


def table_rows(messages: Sequence[Message]) -> bytes:
    """Make the rows of the table; a message always gives the same row, or none."""
    return b"\n".join(row for message in messages if (row := _table_row(message)) is not None)


def _table_row(message: Message) -> bytes | None:
    change = LetterState.decode(message.payload)
    if change is None or message.subject != change.key.state_subject:
        return None
    members = msgspec.json.decode(change.encode())
    members["changed_at"] = wire_timestamp_us(message.stored_ns // _NS_PER_US)
    members["state_seq"] = message.stream_seq
    return msgspec.json.encode(members)

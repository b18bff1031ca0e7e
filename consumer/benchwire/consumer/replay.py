"""Brings dead letters back: publishes them, and records what became of them.

A replay is one publish to BENCH_EVENTS with a header that names the letter. The rest is the
consumer's: it stores the event as any other, then records the letter as replayed, and only then
acknowledges. Whatever is killed in between, the message is delivered again and all of it repeated,
and repeating changes nothing: the event has its identity, the letter its newest state. So until
its event is stored the letter is open, and there is no moment at which it is neither.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

import structlog
from nats.js import JetStreamContext

from benchwire.consumer import letter_states
from benchwire.consumer.dead_letters import DeadLetter
from benchwire.consumer.decoder import Decoded
from benchwire.consumer.letter_key import LetterKey
from benchwire.consumer.letter_room import with_room
from benchwire.consumer.letter_states import LetterState
from benchwire.consumer.message import REPLAY_HEADER, Message
from benchwire.consumer.replay_rules import NotReplayable
from benchwire.consumer.streams import EVENTS_STREAM
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.hashing import payload_hash

PUBLISH_TIMEOUT_SECONDS: Final = 5.0
NOTE_CHARS_MAX: Final = 500
HEADER_BYTES_RESERVED: Final = 8_192
"""Room for our headers: a note of the longest kind, every character escaped, fits."""
AGAIN_SHOWN_MAX: Final = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What the header of a replayed message says."""

    key: LetterKey
    received_at: str
    changed_by: str
    note: str
    """What the person who replays adds: that and why the line was corrected."""

    def header(self) -> str:
        """Return the header's text, ASCII whatever the note is."""
        return json.dumps(
            {
                "letter": str(self.key),
                "received_at": self.received_at,
                "by": self.changed_by,
                "note": self.note[:NOTE_CHARS_MAX],
            }
        )

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a header; None for one that nobody of ours wrote."""
        try:
            found: dict[str, Any] = json.loads(text)
            return cls(
                key=LetterKey.parse(str(found["letter"])),
                received_at=str(found["received_at"]),
                changed_by=str(found["by"]),
                note=str(found["note"]),
            )
        except (ValueError, KeyError, TypeError, BenchwireError):
            return None


async def publish(
    js: JetStreamContext, replay: Replay, payload: bytes, subject: str, max_payload: int
) -> int:
    """Publish a letter's bytes and return their place in BENCH_EVENTS once they are stored there.

    The message id names letter and content: sent twice, they are one message.
    """
    if len(payload) + HEADER_BYTES_RESERVED > max_payload:
        raise NotReplayable(
            f"{len(payload)} bytes do not fit the server's max_payload of {max_payload}",
            hint="raise max_payload of nats-server (BENCHWIRE_NATS_PAYLOAD_BYTES_MAX), then replay",
        )
    digest = payload_hash(subject.encode() + b"\n" + payload)
    answer = await js.publish(
        subject,
        payload,
        timeout=PUBLISH_TIMEOUT_SECONDS,
        stream=EVENTS_STREAM,
        headers={
            "Content-Type": "application/x-ndjson",
            "Nats-Msg-Id": f"dead-letter/{replay.key}/{replay.received_at}/{digest:016x}",
            REPLAY_HEADER: replay.header(),
        },
    )
    return answer.seq


async def settle(
    js: JetStreamContext, replayed: Sequence[Decoded], letters: Sequence[DeadLetter]
) -> None:
    """Record letters as replayed; `letters` are those that the same batch left behind.

    What was refused again is open under its new key by now, so nothing is lost sight of.
    """
    again: dict[int, list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        again[letter.stream_seq].append(letter)
    for decoded in replayed:
        message = decoded.message
        replay = Replay.parse(message.replay or "")
        if replay is None:
            log.warning("replay_names_no_letter", stream_seq=message.stream_seq)
            continue
        change = LetterState(
            key=replay.key,
            received_at=replay.received_at,
            state="replayed",
            detail=_what_became(message, replay, again[message.stream_seq]),
            changed_by=replay.changed_by,
        )
        # The id keeps a redelivered replay from being recorded twice.
        message_id = f"{replay.key}/replayed/{message.stream_seq}/{message.stored_ns}"
        record = partial(letter_states.record, js, change, message_id=message_id)
        await with_room(js, record)
        log.info("dead_letter_replayed", key=str(replay.key), stream_seq=message.stream_seq)


def _what_became(message: Message, replay: Replay, again: Sequence[DeadLetter]) -> str:
    place = f"came back as {message.stream}:{message.stream_seq}"
    if again:
        shown = ", ".join(f"{one.key} ({one.reason})" for one in again[:AGAIN_SHOWN_MAX])
        more = len(again) - AGAIN_SHOWN_MAX
        place += f", refused again: {shown}" + (f" and {more} more" if more > 0 else "")
    else:
        place += ", stored"
    return f"{place}; {replay.note}" if replay.note else place

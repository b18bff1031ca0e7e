"""What could not be decoded or stored: kept with its bytes and a reason, twice.

A dead letter goes to the stream BENCH_DEAD_LETTERS and to the table `dead_letters`, and only
then is its message acknowledged. Its key is (stream, stream_seq, line_no) in both: the subject
carries the key and the stream keeps one message per subject; the table replaces by key. So a
redelivery writes the same dead letter again, never another one.

The bytes are kept as they came, valid UTF-8 or not: the payload of the stream's message is the
line, and the table's `raw` is a ClickHouse String, which holds any bytes. JSONEachRow takes
them verbatim inside a string, so only quotes, backslashes and control characters are escaped.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from nats.js import JetStreamContext

from benchwire.consumer.letter_key import LetterKey
from benchwire.consumer.streams import DEAD_LETTERS_STREAM

TABLE: Final = "dead_letters"
DETAIL_CHARS_MAX: Final = 1_000
PUBLISHES_IN_FLIGHT: Final = 128
PUBLISH_TIMEOUT_SECONDS: Final = 5.0
RECEIVED_AT_HEADER: Final = "Benchwire-Received-At"
HEADER_BYTES_RESERVED: Final = 4_096
"""Room the headers may take of the server's max_payload."""

_ESCAPED: Final = re.compile(rb'[\x00-\x1f"\\]')
_NOT_IN_HEADERS: Final = re.compile(r"[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One line that will not be stored as an event."""

    stream: str
    stream_seq: int
    line_no: int
    """Place of the line in its message, from 1."""
    subject: str
    reason: str
    detail: str
    raw: bytes
    received_at: str

    @property
    def key(self) -> LetterKey:
        """Its name, and the subject it is published on."""
        return LetterKey(self.stream, self.stream_seq, self.line_no)


async def publish(
    js: JetStreamContext,
    letters: Sequence[DeadLetter],
    max_payload: int,
    *,
    need_room: Callable[[Sequence[DeadLetter]], Awaitable[None]],
) -> None:
    """Publish dead letters and return when JetStream has stored every one of them.

    `need_room` raises when the stream should not take a group of them.
    """
    for start in range(0, len(letters), PUBLISHES_IN_FLIGHT):
        group = letters[start : start + PUBLISHES_IN_FLIGHT]
        await need_room(group)
        await asyncio.gather(*(_publish(js, letter, max_payload) for letter in group))


def table_rows(letters: Sequence[DeadLetter], consumer: str) -> bytes:
    """Give the rows of the table as JSONEachRow; the same letter always gives the same state."""
    return b"\n".join(_table_row(letter, consumer) for letter in letters)


async def _publish(js: JetStreamContext, letter: DeadLetter, max_payload: int) -> None:
    headers = {
        "Benchwire-Stream": letter.stream,
        "Benchwire-Stream-Seq": str(letter.stream_seq),
        "Benchwire-Line-No": str(letter.line_no),
        "Benchwire-Reason": letter.reason,
        "Benchwire-Detail": _header_text(letter.detail),
        "Benchwire-Subject": _header_text(letter.subject),
        RECEIVED_AT_HEADER: letter.received_at,
    }
    raw = letter.raw
    room = max_payload - HEADER_BYTES_RESERVED
    if len(raw) > room:
        # Only a line as large as max_payload itself; the table has all of it.
        headers["Benchwire-Cut-From-Bytes"] = str(len(raw))
        raw = raw[:room]
    await js.publish(
        letter.key.subject,
        raw,
        timeout=PUBLISH_TIMEOUT_SECONDS,
        stream=DEAD_LETTERS_STREAM,
        headers=headers,
    )


def _header_text(text: str) -> str:
    return _NOT_IN_HEADERS.sub(" ", text)[:DETAIL_CHARS_MAX].strip() or "-"


def _table_row(letter: DeadLetter, consumer: str) -> bytes:
    columns = {
        "stream": letter.stream,
        "stream_seq": letter.stream_seq,
        "line_no": letter.line_no,
        "subject": letter.subject,
        "reason": letter.reason,
        "detail": letter.detail[:DETAIL_CHARS_MAX],
        "state": "open",
        "state_at": letter.received_at,
        # What becomes of a letter is kept apart: a redelivery never reopens it.
        "state_version": 0,
        "received_at": letter.received_at,
        "consumer": consumer,
    }
    return msgspec.json.encode(columns)[:-1] + b',"raw":"' + _escaped(letter.raw) + b'"}'


def _escaped(raw: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: b"\\u%04x" % found[0][0], raw)

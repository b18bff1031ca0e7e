"""Room in BENCH_DEAD_LETTERS: letters fill most of it, what became of them has the rest.

A stream full of letters stops the consumer, as it should: nothing is acknowledged that is kept
nowhere. It must not stop people who replay or discard letters, because that is the way out. So
letters leave a part of the stream alone, and when either needs room, letters that are settled
leave the stream; their bytes and their states stay in ClickHouse, and their states in the stream.
"""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast

import structlog
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from benchwire.consumer import letter_states
from benchwire.consumer.dead_letters import RECEIVED_AT_HEADER, DeadLetter
from benchwire.consumer.letter_key import LETTER_SUBJECTS, STATE_SUBJECTS, LetterKey
from benchwire.consumer.streams import DEAD_LETTERS_STREAM
from benchwire.schemas.errors import BenchwireError

STATES_SHARE: Final = 1 / 16
"""Of the stream, for states: 64 MiB hold some 100,000 of them."""
LETTER_BYTES_EXTRA: Final = 1_500
"""What headers and bookkeeping may add to the bytes of a letter."""
PURGED_MAX: Final = 10_000
"""Settled letters that leave the stream at a time; each costs three requests."""
_STREAM_FULL: Final = 10077

log = structlog.get_logger(__name__)


class LettersFull(BenchwireError):  # noqa: N818 - the letters are what is full
    """BENCH_DEAD_LETTERS takes no more letters."""


async def need_room(js: JetStreamContext, letters: Sequence[DeadLetter]) -> None:
    """Make sure that letters fit and leave states their part; raises `LettersFull`."""
    wanted = sum(len(letter.raw) + LETTER_BYTES_EXTRA for letter in letters)
    if await _fits(js, wanted):
        return
    if await purge_settled(js) and await _fits(js, wanted):
        return
    raise LettersFull(
        f"{DEAD_LETTERS_STREAM} is full of open dead letters",
        hint="replay or discard some: benchwire dead-letters list",
    )


async def with_room(js: JetStreamContext, record: Callable[[], Awaitable[None]]) -> None:
    """Record a state; if the stream is full even for states, once more after making room."""
    try:
        await record()
    except APIError as error:
        if error.err_code != _STREAM_FULL or not await purge_settled(js):
            raise
        await record()


async def purge_settled(js: JetStreamContext) -> int:
    """Let letters leave the stream that were replayed or discarded; returns how many."""
    names = await _subjects(js, LETTER_SUBJECTS)
    states = await _subjects(js, STATE_SUBJECTS)
    purged = 0
    for key in sorted(filter(None, map(LetterKey.of_subject, names))):
        if key.state_subject in states and await _is_settled(js, key):
            await js.purge_stream(DEAD_LETTERS_STREAM, subject=key.subject)
            purged += 1
            if purged == PURGED_MAX:
                break
    if purged:
        log.info("settled_letters_purged", letters=purged)
    return purged


async def _is_settled(js: JetStreamContext, key: LetterKey) -> bool:
    """Whether the state is this letter's, not one of before the events' stream was made anew."""
    state, _ = await letter_states.current(js, key)
    try:
        letter = await js.get_last_msg(DEAD_LETTERS_STREAM, key.subject)
    except NotFoundError:
        return False
    headers = cast("dict[str, str]", letter.headers or {})
    return state is not None and state.received_at == headers.get(RECEIVED_AT_HEADER)


async def _fits(js: JetStreamContext, wanted_bytes: int) -> bool:
    info = await js.stream_info(DEAD_LETTERS_STREAM)
    limit = info.config.max_bytes or 0
    return limit <= 0 or info.state.bytes + wanted_bytes <= limit * (1 - STATES_SHARE)


async def _subjects(js: JetStreamContext, pattern: str) -> set[str]:
    """Name subjects that hold a message; the server gives up to 100,000."""
    info = await js.stream_info(DEAD_LETTERS_STREAM, subjects_filter=pattern)
    return set(info.state.subjects or {})

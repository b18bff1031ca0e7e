"""What people do with dead letters: bring them back, or put them away for good.

Letters are read from the store; what happens to them goes through the streams, where the
consumer records it. So the desk needs no right to write into ClickHouse, works on one machine
as with servers, and may be killed at any moment.
"""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from benchwire.consumer import backoff, letter_states, replay, stored_letters
from benchwire.consumer.letter_key import LetterKey
from benchwire.consumer.letter_room import with_room
from benchwire.consumer.letter_states import LetterState, StateChanged
from benchwire.consumer.replay import Replay
from benchwire.consumer.replay_rules import (
    REFUSED_SHOWN_MAX,
    AlreadySettled,
    How,
    NotReplayable,
    check_unknown,
    judged_subject,
)
from benchwire.consumer.stored_letters import Query, StoredLetter
from benchwire.consumer.streams import EVENTS_STREAM
from benchwire.schemas.errors import BenchwireError

CONNECT_SECONDS: Final = 5.0
CONNECT_ATTEMPTS: Final = 3
POLL_SECONDS_MAX: Final = 0.5

Result = Literal["stored", "refused_again", "published", "discarded", "recorded", "already", "kept"]
"""published, recorded: done, and not yet seen in the store. already: nothing was left to do.
kept: nothing was done, for a reason."""

DONE: Final[frozenset[Result]] = frozenset({"stored", "discarded", "already"})

Progress = Callable[[int], None]
"""Told how many letters are done since it was told last."""


class DeskUnusable(BenchwireError):  # noqa: N818 - the desk is what is unusable
    """The stream cannot be reached."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one letter."""

    key: LetterKey
    result: Result
    detail: str = ""
    again: tuple[LetterKey, ...] = ()
    """Keys under which its lines are open again."""


class LetterDesk:
    """Replays and discards, and waits until the store shows it; made by `open_desk`."""

    def __init__(
        self, query: Query, connection: Client, *, changed_by: str, timeout_seconds: float
    ) -> None:
        self._query = query
        self._js = JetStreamContext(connection)
        self._max_payload = connection.max_payload
        self._changed_by = changed_by
        self._timeout_seconds = timeout_seconds

    async def replay(
        self, letters: Sequence[StoredLetter], how: How, progress: Progress
    ) -> list[Settled]:
        """Bring letters back; those that would be refused again stay as they are."""
        settled: list[Settled] = []
        places: dict[LetterKey, int] = {}
        for letter, raw in stored_letters.with_bytes(self._query, letters):
            try:
                places[letter.key] = await self._bring_back(letter, raw, how)
            except AlreadySettled as error:
                settled.append(Settled(letter.key, "already", str(error)))
            except NotReplayable as error:
                detail = f"{error}; {error.hint}" if error.hint else str(error)
                settled.append(Settled(letter.key, "kept", detail))
            progress(1)
        settled += await self._replayed(places)
        return sorted(settled, key=lambda one: one.key)

    async def discard(
        self, letters: Sequence[StoredLetter], because: str, progress: Progress
    ) -> list[Settled]:
        """Put letters away; the reason stays with them."""
        settled: list[Settled] = []
        recorded: list[LetterKey] = []
        for letter in letters:
            try:
                await self._put_away(letter, because)
            except AlreadySettled as error:
                settled.append(Settled(letter.key, "already", str(error)))
            except StateChanged as error:
                settled.append(Settled(letter.key, "kept", str(error)))
            else:
                recorded.append(letter.key)
            progress(1)
        shown = await self._shown(recorded, "discarded")
        settled += [
            Settled(key, "discarded" if key in shown else "recorded", because) for key in recorded
        ]
        return sorted(settled, key=lambda one: one.key)

    async def _bring_back(self, letter: StoredLetter, raw: bytes, how: How) -> int:
        """Publish a letter's bytes and return their place in the stream."""
        payload = raw if how.corrected is None else how.corrected
        subject = judged_subject(letter, raw, payload, how)
        if how.corrected is not None and not how.force:
            check_unknown(self._query, payload, subject)
        bringing = Replay(
            key=letter.key,
            received_at=letter.received_at,
            changed_by=self._changed_by,
            note=how.note,
        )
        return await replay.publish(self._js, bringing, payload, subject, self._max_payload)

    async def _replayed(self, places: dict[LetterKey, int]) -> list[Settled]:
        """Say what became of published letters, once the consumer has dealt with them."""
        shown = await self._shown(list(places), "replayed")
        again: dict[int, list[StoredLetter]] = defaultdict(list)
        for seqs in _groups(sorted({places[key] for key in shown})):
            for letter in stored_letters.left_by(self._query, EVENTS_STREAM, seqs):
                again[letter.key.stream_seq].append(letter)
        settled: list[Settled] = []
        for key, seq in places.items():
            left = again[seq]
            if key not in shown:
                settled.append(Settled(key, "published", f"as {EVENTS_STREAM}:{seq}"))
            elif left:
                detail = "; ".join(
                    f"{one.reason}: {one.detail}" for one in left[:REFUSED_SHOWN_MAX]
                )
                keys = tuple(one.key for one in left)
                settled.append(Settled(key, "refused_again", detail, keys))
            else:
                settled.append(Settled(key, "stored", shown[key].state_detail))
        return settled

    async def _put_away(self, letter: StoredLetter, because: str) -> None:
        now, seq = await letter_states.current(self._js, letter.key)
        # A state of an earlier letter of this key, from before the stream was made anew, is none.
        if now is not None and now.received_at == letter.received_at:
            before = f"it was {now.state} before: {now.detail}"
            raise AlreadySettled(before) if now.state == "discarded" else StateChanged(before)
        change = LetterState(
            key=letter.key,
            received_at=letter.received_at,
            state="discarded",
            detail=because,
            changed_by=self._changed_by,
        )
        await with_room(self._js, lambda: letter_states.record(self._js, change, after=seq))

    async def _shown(
        self, keys: Sequence[LetterKey], state: letter_states.State
    ) -> dict[LetterKey, StoredLetter]:
        """Wait until the store shows letters in a state; patience starts anew with each of them."""
        shown: dict[LetterKey, StoredLetter] = {}
        waiting = list(keys)
        pauses = backoff.pauses(POLL_SECONDS_MAX)
        deadline = time.monotonic() + self._timeout_seconds
        while waiting:
            found = stored_letters.named(self._query, waiting)
            arrived = {key: one for key, one in found.items() if one.state == state}
            if arrived:
                shown |= arrived
                waiting = [key for key in waiting if key not in arrived]
                deadline = time.monotonic() + self._timeout_seconds
            elif time.monotonic() > deadline:
                break
            else:
                await asyncio.sleep(next(pauses))
        return shown


@contextlib.asynccontextmanager
async def open_desk(
    query: Query,
    *,
    nats_url: str,
    nats_credentials: str | None,
    changed_by: str,
    timeout_seconds: float,
) -> AsyncGenerator[LetterDesk]:
    """Give a desk while the block runs; `query` reads the store, NATS takes what is done."""
    connection = await _connected(nats_url, nats_credentials)
    try:
        yield LetterDesk(query, connection, changed_by=changed_by, timeout_seconds=timeout_seconds)
    except (NatsError, TimeoutError) as error:
        raise DeskUnusable(
            f"NATS failed half way: {type(error).__name__}: {error}",
            hint="do it again: what was done counts once, the rest is as it was",
        ) from error
    finally:
        await connection.close()


async def _connected(nats_url: str, nats_credentials: str | None) -> Client:
    async def ignore(_error: Exception) -> None:
        """The call that fails says it."""

    try:
        return await nats.connect(
            [url.strip() for url in nats_url.split(",")],
            name="benchwire-dead-letters",
            user_credentials=nats_credentials,
            connect_timeout=CONNECT_SECONDS,
            max_reconnect_attempts=CONNECT_ATTEMPTS,
            error_cb=ignore,
        )
    except (NatsError, OSError, TimeoutError) as error:
        raise DeskUnusable(
            f"the NATS server does not answer: {error}",
            hint="check BENCHWIRE_NATS_URL and the server; see `benchwire status`",
        ) from error


def _groups(seqs: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seqs), stored_letters.KEYS_PER_QUERY):
        yield seqs[start : start + stored_letters.KEYS_PER_QUERY]

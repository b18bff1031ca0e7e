"""Tells what passes through the stream, line by line: events, and lines that are none.

Asked of the stream itself, so it is there before ClickHouse has it, and whether or not a
consumer runs. Lines are judged as the consumer judges them.
"""

from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from benchwire.consumer.decoder import Decoded, decode
from benchwire.consumer.follower import Announce, Follower, Place
from benchwire.consumer.letter_key import LetterKey
from benchwire.consumer.message import Message
from benchwire.consumer.one_connection import Locate
from benchwire.schemas.identity import is_canonical_uuid
from benchwire.schemas.smith import SUBJECTS as SMITH_SUBJECTS
from benchwire.schemas.smith import is_smith
from benchwire.schemas.smith.subject import DEFAULT_EXPERIMENT
from benchwire.schemas.smith.subject import PREFIX as SMITH_PREFIX
from benchwire.schemas.subject import EVENTS_PREFIX, subject_token

DEAD_LETTER: Final = "dead_letter"
"""Stands for the event type of a line that is no event."""
OF_THE_STREAM: Final = frozenset({"received_at", "stream_seq"})
"""What a row has beyond its wire line."""
WINDOW_MESSAGES_MIN: Final = 64
WINDOW_FACTOR: Final = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of a message."""

    message: Message
    line_no: int
    line: bytes
    """The bytes as they were published, without a line end; of another protocol, translated."""
    event: dict[str, Any] | None
    """The line read; None for a line that the consumer refuses."""
    reason: str = ""
    """Why it is refused."""
    detail: str = ""

    @property
    def key(self) -> LetterKey:
        """Names the line; the name of its dead letter, if it becomes one."""
        return LetterKey(self.message.stream, self.message.stream_seq, self.line_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is to be seen; everything that is given must fit."""

    experiment_id: str | None = None
    policy_id: str | None = None
    task_id: str | None = None
    run: str | None = None
    """A run_id, its beginning or its end."""
    event_types: frozenset[str] = frozenset()
    """None given: all. `dead_letter` stands for lines that are no events."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The narrowest subjects that hold it all; the server sends nothing else."""
        experiment = self.experiment_id
        if experiment is None:
            return (self._subject, *SMITH_SUBJECTS)
        named = f"{SMITH_PREFIX}.{subject_token(experiment)}"
        unnamed = (SMITH_PREFIX,) if experiment == DEFAULT_EXPERIMENT else ()
        return (self._subject, named, f"{named}.>", *unnamed)

    @property
    def _subject(self) -> str:
        labels = (self.experiment_id, self.policy_id, self.task_id)
        tokens = [subject_token(label) if label is not None else "*" for label in labels]
        run = self.run if self.run is not None and is_canonical_uuid(self.run) else None
        tokens.append(run or "*")
        if set(tokens) == {"*"}:
            # Whatever is published below is judged, and seen, on subjects of any length.
            return f"{EVENTS_PREFIX}.>"
        return ".".join((EVENTS_PREFIX, *tokens))

    def fits(self, seen: Seen) -> bool:
        """Tell whether a line on the subject is wanted."""
        event = seen.event
        if event is None:
            wanted = not self.event_types or DEAD_LETTER in self.event_types
            return (
                wanted
                and self._fits_labels(seen)
                and self._fits_run(seen.message.subject.rpartition(".")[2])
            )
        if self.event_types and event["event_type"] not in self.event_types:
            return False
        return self._fits_run(event["run_id"]) and self._fits_labels(seen)

    def _fits_labels(self, seen: Seen) -> bool:
        """Tell whether policy and task fit, which the subjects of other protocols do not name."""
        if not is_smith(seen.message.subject):
            return True
        event = seen.event or {}
        return all(
            wanted is None or event.get(name) == wanted
            for name, wanted in (("policy_id", self.policy_id), ("task_id", self.task_id))
        )

    def _fits_run(self, run_id: str) -> bool:
        run = self.run
        return run is None or run_id.startswith(run) or run_id.endswith(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How much of the past comes first. With nothing given: none of it."""

    since: datetime | None = None
    newest: int | None = None
    """So many wanted lines."""
    everything: bool = False

    @property
    def place(self) -> Place:
        """Where in the stream that begins."""
        if self.everything:
            return Place(seq=1)
        return Place(since=self.since)


class Tail:
    """Yields wanted lines: first those of the past that are asked for, then as they come."""

    def __init__(
        self,
        locate: Locate,
        wanted: Filter,
        *,
        announce: Announce,
        nats_credentials: str | None = None,
    ) -> None:
        self._locate = locate
        self._wanted = wanted
        self._announce = announce
        self._nats_credentials = nats_credentials

    async def groups(self, history: History, *, follow: bool) -> AsyncGenerator[list[Seen]]:
        """Yield lines in the stream's order; without `follow` only those of the past."""
        if history.newest:
            lines = self._from_newest(history.newest)
        else:
            lines = self._lines(self._follower(history.place))
        async with aclosing(lines):
            async for group in lines:
                if group is not None:
                    yield group
                elif not follow:
                    return

    async def _lines(self, follower: Follower) -> AsyncGenerator[list[Seen] | None]:
        """Yield wanted lines; None each time nothing of the past is left."""
        async with aclosing(follower.messages()) as messages:
            async for group in messages:
                yield self._fitting(group) if group else None

    async def _from_newest(self, wanted: int) -> AsyncGenerator[list[Seen] | None]:
        """Yield so many lines of the stream's end first: read ever more of it until it has them."""
        window = max(WINDOW_MESSAGES_MIN, wanted)
        while True:
            follower = self._follower(Place(newest=window))
            newest: deque[Seen] | None = deque(maxlen=wanted)
            async with aclosing(self._lines(follower)) as lines:
                async for group in lines:
                    if newest is None:
                        yield group
                    elif group is not None:
                        newest.extend(group)
                    elif len(newest) < wanted and not follower.saw_first:
                        break
                    else:
                        yield list(newest)
                        yield None
                        newest = None
            window *= WINDOW_FACTOR

    def _follower(self, place: Place) -> Follower:
        return Follower(
            self._locate,
            self._wanted.subjects,
            place,
            announce=self._announce,
            nats_credentials=self._nats_credentials,
        )

    def _fitting(self, messages: Sequence[Message]) -> list[Seen]:
        fits = self._wanted.fits
        return [seen for message in messages for seen in lines_of(message) if fits(seen)]


def lines_of(message: Message) -> Iterator[Seen]:
    """Read a message as the consumer does, line by line in its order."""
    decoded = decode(message)
    letters = {letter.line_no: letter for letter in decoded.dead_letters}
    translated = _translated(decoded)
    for number, published in enumerate(decoded.published, start=1):
        letter = letters.get(number)
        if letter is not None:
            yield Seen(message, number, letter.raw, None, letter.reason, letter.detail)
        elif decoded.n_events and published:
            line = published if decoded.parts is None else next(translated)
            yield Seen(message, number, line, msgspec.json.decode(line))


def _translated(decoded: Decoded) -> Iterator[bytes]:
    """Events that were published in another protocol, as wire lines."""
    for row in decoded.rows.split(b"\n"):
        event = msgspec.json.decode(row)
        yield msgspec.json.encode({key: event[key] for key in event if key not in OF_THE_STREAM})

"""Follows BENCH_EVENTS from a place on, for whoever watches: in order, nothing twice, no gap.

A follower acknowledges nothing and leaves nothing behind: it reads through an ephemeral consumer
that the server forgets by itself. What survives a restart of the server is the follower's own
knowledge of the last message it gave; it asks for the one after, wherever the server then is.
"""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamState
from nats.js.errors import NotFoundError

from benchwire.consumer.backoff import pauses
from benchwire.consumer.connection import AnySubjectClient
from benchwire.consumer.ephemeral_reader import EphemeralReader, ReaderLost
from benchwire.consumer.message import Message
from benchwire.consumer.one_connection import Locate, one_connection
from benchwire.consumer.streams import EVENTS_STREAM

NAME: Final = "benchwire-follower"
AWAY_SECONDS_MAX: Final = 1.0
"""Longest pause between two looks for a server that went away."""
FORGET_SECONDS: Final = 30.0
"""After which the server forgets a follower that went away."""

Announce = Callable[[str], None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to begin. With nothing given: with the next message that arrives."""

    seq: int | None = None
    """This message of the stream, or the first after it."""
    since: datetime | None = None
    """The first message stored at or after this moment."""
    newest: int | None = None
    """So many messages of the whole stream before its end."""


class Follower:
    """Gives messages on some subjects, from a place on, and goes on after every interruption."""

    def __init__(
        self,
        locate: Locate,
        subjects: Sequence[str],
        place: Place,
        *,
        announce: Announce,
        nats_credentials: str | None = None,
    ) -> None:
        self._locate = locate
        self._subjects = subjects
        self._place = place
        self._announce = announce
        self._nats_credentials = nats_credentials
        self._last_seq = 0
        self._away = False
        self.saw_first = False
        """True if the place was at or before the first message that the stream holds."""

    async def messages(self) -> AsyncGenerator[list[Message]]:
        """Yield messages as they come; an empty list each time nothing of the past is left."""
        waits = pauses(AWAY_SECONDS_MAX)
        while True:
            try:
                async with (
                    one_connection(self._locate, NAME, self._nats_credentials) as client,
                    aclosing(self._follow(client)) as groups,
                ):
                    async for group in groups:
                        waits = pauses(AWAY_SECONDS_MAX)
                        yield group
            except ReaderLost as error:
                log.info("follower_renewed", why=str(error))
            except (NatsError, OSError, TimeoutError) as error:
                self._wait_for(error)
            await asyncio.sleep(next(waits))

    async def _follow(self, client: AnySubjectClient) -> AsyncGenerator[list[Message]]:
        """Read through one ephemeral consumer for as long as it lives."""
        js = JetStreamContext(client)
        begin = await self._begin(js)
        created = await js.add_consumer(EVENTS_STREAM, _ephemeral(self._subjects, begin))
        reader = EphemeralReader(client, str(created.name))
        self._back()
        is_past = bool(created.num_pending)
        if not is_past:
            yield []
        async with aclosing(reader.groups()) as groups:
            async for group in groups:
                self._last_seq = group[-1].stream_seq
                yield group
                if is_past and not group[-1].pending:
                    is_past = False
                    yield []

    async def _begin(self, js: JetStreamContext) -> Place:
        """Say where to go on: after what was given last, or at the place that was asked for."""
        state = (await js.stream_info(EVENTS_STREAM)).state
        if not self._last_seq:
            self._place = self._fixed(state)
            return self._place
        if state.last_seq < self._last_seq:
            self._announce("the stream was made anew; following it from its beginning")
            self._last_seq = 0
            self._place = Place(seq=1)
            return self._place
        purged = state.first_seq - self._last_seq - 1
        if purged > 0:
            self._announce(f"{purged} messages were purged from the stream in the meantime")
        return Place(seq=self._last_seq + 1)

    def _fixed(self, state: StreamState) -> Place:
        """Turn "from the end" into a sequence once, so that an interruption loses nothing."""
        if self._place.since is not None or self._place.seq is not None:
            return self._place
        seq = max(1, state.last_seq + 1 - (self._place.newest or 0))
        # A stream that never held anything says that its first message is 0.
        self.saw_first = not state.messages or seq <= state.first_seq
        return Place(seq=seq)

    def _wait_for(self, error: Exception) -> None:
        log.debug("follower_waits", error=type(error).__name__, detail=str(error))
        missing = "the server does not answer"
        if isinstance(error, NotFoundError):
            missing = f"there is no stream {EVENTS_STREAM} yet"
            if self._place == Place():
                # Whatever it will hold once it exists is new.
                self._place = Place(seq=1)
        if not self._away:
            self._away = True
            self._announce(f"{missing}; waiting")

    def _back(self) -> None:
        if self._away:
            self._away = False
            self._announce(
                "following again from where it stopped" if self._last_seq else "following"
            )


def _ephemeral(subjects: Sequence[str], begin: Place) -> ConsumerConfig:
    config = ConsumerConfig(
        filter_subjects=[*subjects],
        ack_policy=AckPolicy.NONE,
        inactive_threshold=FORGET_SECONDS,
        mem_storage=True,
        num_replicas=1,
    )
    if begin.since is not None:
        config.deliver_policy = DeliverPolicy.BY_START_TIME
        config.opt_start_time = begin.since.isoformat()  # type: ignore[assignment]
    else:
        config.deliver_policy = DeliverPolicy.BY_START_SEQUENCE
        config.opt_start_seq = begin.seq
    return config

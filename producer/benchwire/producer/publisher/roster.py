"""Which segments there are to deliver: live ones, closed ones, and who is served next."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from benchwire.producer.journal.acknowledged import Acknowledgement, StreamState
from benchwire.producer.log import log_warning
from benchwire.producer.publisher.feed import Feed

SERVED_MAX: Final = 64
"""Closed segments served at a time; each holds one file descriptor for its claim."""
CAPACITY_SECONDS: Final = 0.01


class Roster:
    """The segments of one publisher. Owned by its event loop; nobody else touches it."""

    def __init__(self, delivered_elsewhere: Callable[[Feed], None]) -> None:
        self._delivered_elsewhere = delivered_elsewhere
        self._live: OrderedDict[Path, Feed] = OrderedDict()
        self._closed: OrderedDict[Path, Feed] = OrderedDict()
        self._given_up: set[Path] = set()

    def __contains__(self, path: Path) -> bool:
        return path in self._live or path in self._closed or path in self._given_up

    def __iter__(self) -> Iterator[Feed]:
        yield from list(self._live.values())
        yield from list(self._closed.values())

    async def capacity(self) -> None:
        """Wait until another closed segment may be claimed."""
        while len(self._closed) >= SERVED_MAX:  # noqa: ASYNC110 - rare, and in no hurry
            await asyncio.sleep(CAPACITY_SECONDS)

    @property
    def n_closed(self) -> int:
        """Closed segments that are not delivered yet."""
        return len(self._closed)

    def add(self, feed: Feed) -> None:
        """Deliver a segment: live if this process still writes it. Harmless if it is known."""
        if feed.path in self:
            return
        target = self._live if feed.own and not feed.claimed else self._closed
        target[feed.path] = feed

    def servable(self) -> list[Feed]:
        """Segments to look at in this round: the longest unserved first."""
        for feed in [feed for feed in self._live.values() if feed.writer_has_closed()]:
            del self._live[feed.path]
            self._closed[feed.path] = feed
        # A list of its own: a segment that another process has delivered is dropped on the way.
        closed = list(islice(self._closed.values(), SERVED_MAX))
        claimed = [feed for feed in closed if self._claim(feed)]
        return [*claimed, *self._live.values()]

    def served_now(self) -> Iterator[Feed]:
        """Segments that can be read at once."""
        yield from (feed for feed in islice(self._closed.values(), SERVED_MAX) if feed.claimed)
        yield from self._live.values()

    def served(self, feed: Feed) -> None:
        """Put a segment behind the others."""
        for group in (self._live, self._closed):
            if feed.path in group:
                group.move_to_end(feed.path)

    def drop(self, feed: Feed) -> None:
        """Stop delivering a segment; whoever looks for orphans finds it."""
        feed.release()
        self._live.pop(feed.path, None)
        self._closed.pop(feed.path, None)

    def give_up(self, feed: Feed) -> None:
        """Leave a segment in the journal that this process cannot deliver whole."""
        self._given_up.add(feed.path)
        self.drop(feed)

    def finish(self, feed: Feed, state: StreamState | None) -> bool:
        """If the stream holds all of a claimed segment, note that beside it and let it go."""
        if not (feed.complete and feed.claimed):
            return False
        if not feed.ended:
            # Closed without a seal: without an acknowledgement, recovery finds it and seals it.
            self.drop(feed)
            return False
        created = feed.created or (state.created if state else "")
        known = StreamState(state.stream if state else "", created, feed.last_stream_seq)
        try:
            Acknowledgement.now(known, feed.last_stream_seq, feed.size).write(feed.path)
        except OSError as error:
            # No room for the note: the segment is delivered, so its own room can be given back.
            log_warning("segment_not_kept", error=error.strerror, segment=str(feed.path))
            feed.path.unlink(missing_ok=True)
        self.drop(feed)
        return True

    def release_all(self) -> None:
        """Let go of every claim."""
        for feed in self:
            feed.release()

    def _claim(self, feed: Feed) -> bool:
        """Claim a closed segment; behind the others if another process delivers it."""
        if feed.claimed or feed.claim():
            return True
        if not feed.path.exists() or Acknowledgement.read(feed.path) is not None:
            self.drop(feed)
            self._delivered_elsewhere(feed)
        else:
            self._closed.move_to_end(feed.path)
        return False

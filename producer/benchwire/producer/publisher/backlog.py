"""Finds what others left in the journal: segments of dead writers, and lost acknowledged ones."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchwire.producer import metrics
from benchwire.producer.journal.acknowledged import Acknowledgement, StreamState
from benchwire.producer.journal.claim import Claim
from benchwire.producer.journal.layout import (
    ACK_SUFFIX,
    SEGMENT_SUFFIX,
    SegmentName,
    file_names,
    run_directories,
    segments_in_order,
    sidecar,
)
from benchwire.producer.journal.recovery import first_identity, recover_segment
from benchwire.producer.log import log_info, log_warning
from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.roster import Roster


@dataclass(slots=True)
class BacklogCount:
    """What a search found."""

    segments: int = 0
    """Segments of dead writers taken over."""
    events: int = 0
    """Events in them."""
    sealed: int = 0
    """Epochs ended with an ``emitter_stop``."""
    busy: int = 0
    """Segments that a living process writes or delivers."""
    failed: int = 0
    """Segments that could not be recovered now."""


class Backlog:
    """Searches one journal and hands what it finds to a roster, a bounded number at a time."""

    def __init__(self, journal: Path, roster: Roster, known: Callable[[Path], bool]) -> None:
        self._journal = journal
        self._roster = roster
        self._known = known
        self.total = BacklogCount()
        """Everything found so far; ``busy`` and ``failed`` are those of the last search."""

    async def recover(self) -> None:
        """Take over what dead writers left. Gives way to delivery between two segments."""
        self.total.busy = self.total.failed = 0
        for run_directory in run_directories(self._journal):
            for path, name in _undelivered(run_directory):
                await self._roster.capacity()
                if not self._known(path):
                    self._take_over(path, name)
                await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def send_again(self, state: StreamState, acknowledged_before: float) -> None:
        """Deliver acknowledged segments once more that the stream has lost."""
        for run_directory in run_directories(self._journal):
            for name in file_names(run_directory):
                if not name.endswith(ACK_SUFFIX) or name.startswith("."):
                    continue
                path = run_directory / (name.removesuffix(ACK_SUFFIX) + SEGMENT_SUFFIX)
                held = Acknowledgement.read(path)
                if (
                    held is not None
                    and held.acked_at < acknowledged_before
                    and state.has_lost(held)
                ):
                    await self._roster.capacity()
                    self._revive(path)
            await asyncio.sleep(0)

    def _take_over(self, path: Path, name: SegmentName) -> None:
        claim = Claim.take(path)
        if claim is None:
            self.total.busy += path.exists()
            return
        try:
            recovered = recover_segment(path, name, claim.fd)
        except OSError as error:
            self.total.failed += 1
            log_warning("segment_not_recovered", segment=str(path), error=error.strerror)
            recovered = None
        if recovered is None:
            claim.release()
            return
        self._roster.add(Feed(path, recovered.identity, name, claim=claim, size=recovered.size))
        self.total.segments += 1
        self.total.events += recovered.n_events
        self.total.sealed += recovered.sealed
        metrics.count("benchwire.producer.segments_recovered")
        log_info(
            "segment_recovered",
            segment=str(path),
            events=recovered.n_events,
            sealed=recovered.sealed,
        )

    def _revive(self, path: Path) -> None:
        name = SegmentName.parse(path.name)
        claim = Claim.take(path, though_acknowledged=True)
        if claim is None or name is None:
            return
        identity = first_identity(claim.fd)
        if identity is None:
            claim.release()
            return
        size = os.fstat(claim.fd).st_size
        self._roster.add(Feed(path, identity, name, claim=claim, size=size))
        sidecar(path, ACK_SUFFIX).unlink(missing_ok=True)
        log_warning("stream_went_back", segment=str(path))


def _undelivered(run_directory: Path) -> Iterator[tuple[Path, SegmentName]]:
    names = file_names(run_directory)
    acknowledged = {name for name in names if name.endswith(ACK_SUFFIX)}
    for path, name in segments_in_order(run_directory, names):
        if sidecar(path, ACK_SUFFIX).name not in acknowledged:
            yield path, name

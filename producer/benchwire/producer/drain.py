"""Delivers what dead writers left in a journal: seals their epochs, sends, waits, reports."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchwire.producer.publisher.publisher import Publisher
from benchwire.producer.start import load_settings, publisher_options

if TYPE_CHECKING:
    from benchwire.producer.settings import ProducerSettings

POLL_SECONDS: Final = 0.02
CONNECT_SECONDS_MAX: Final = 5.0
"""With nothing to deliver, no longer is waited for a server to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainReport:
    """What a drain found and did."""

    segments: int
    """Segments of dead writers found."""
    events: int
    """Events in them."""
    sealed: int
    """Epochs ended with an ``emitter_stop`` by recovery."""
    events_delivered: int
    """Events the stream acknowledged, retained ones it had lost included."""
    segments_left: int
    """Segments not delivered within the time: the server is away, or refuses them."""
    segments_busy: int
    """Segments of living writers, which deliver themselves."""
    segments_failed: int
    """Segments that could not be read or repaired."""
    connected: bool
    """True if there was a server."""
    duration_seconds: float

    @property
    def complete(self) -> bool:
        """True if nothing of a dead writer is left."""
        return self.segments_left == 0 and self.segments_failed == 0


def drain(
    settings: "ProducerSettings | None" = None,
    *,
    nats_url: str | None = None,
    data_dir: Path | str | None = None,
    timeout_seconds: float = 60.0,
    on_progress: Callable[[int, int], None] = lambda _delivered, _events: None,
) -> DrainReport:
    """Deliver what dead writers left in the journal; writers that live are left alone.

    Args:
        settings: Settings; from the environment unless given.
        nats_url: Server, instead of the settings'.
        data_dir: Directory of the journal, instead of the settings'.
        timeout_seconds: How long to wait for the server and its acknowledgements.
        on_progress: Called now and then with events delivered and events found.
    """
    given = {"nats_url": nats_url, "data_dir": Path(data_dir) if data_dir is not None else None}
    publisher = Publisher(publisher_options(load_settings(settings, given)))
    began = time.monotonic()
    publisher.start()
    connected = False
    while (elapsed := time.monotonic() - began) < timeout_seconds:
        connected |= publisher.connected
        on_progress(publisher.events_delivered, publisher.backlog.events)
        nothing_left = publisher.searched and publisher.segments_waiting == 0
        if nothing_left and (publisher.compared or elapsed > CONNECT_SECONDS_MAX):
            break
        time.sleep(POLL_SECONDS)
    left = publisher.segments_waiting
    publisher.finish(0.0)
    found = publisher.backlog
    return DrainReport(
        segments=found.segments,
        events=found.events,
        sealed=found.sealed,
        events_delivered=publisher.events_delivered,
        segments_left=left,
        segments_busy=found.busy,
        segments_failed=found.failed,
        connected=connected,
        duration_seconds=time.monotonic() - began,
    )

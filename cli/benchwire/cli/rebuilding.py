"""Make stored tables anew, on a server or in the store of a data directory."""

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from benchwire.cli.journal_source import JournalSource
from benchwire.cli.migrating import alone, migrate_sink, opened_store
from benchwire.consumer.events_rebuild import EventsRebuilt, discard, read_beside, replace_events
from benchwire.consumer.events_source import EventSource, Reach
from benchwire.consumer.main import open_sink
from benchwire.consumer.rebuild import rebuild, rebuildable
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.sqlfiles import read_sql_files
from benchwire.consumer.stored_runs import insert_margin_seconds, refresh_all
from benchwire.consumer.stream_reading import StreamSource, refuse_consumers
from benchwire.consumer.view_hashes import ViewHash, hashed_views, view_hashes
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.nats_launch import launch_nats
from benchwire.embedded.settings import EmbeddedSettings

_HOLES: Final = "SELECT count() FROM rpt_store_check WHERE NOT is_equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildRequest:
    """What to make anew, and who is asked and told."""

    tables: Sequence[str] = ()
    """Typed tables; none named means all."""
    events_from: Literal["stream", "journals"] | None = None
    """What `events` is read from first."""
    journals: Sequence[Path] = ()
    """Journals, or data directories with one; none named means that of the data directory."""
    compare: bool = True
    """Whether reports are hashed before and after."""
    confirm: Callable[[EventsRebuilt], bool] = lambda _found: False
    """Asked before events are lost."""
    announce: Callable[[str], None] = lambda _text: None
    on_reach: Callable[[Reach], object] = lambda _reach: None
    on_messages: Callable[[int], object] = lambda _n: None
    on_steps: Callable[[int], object] = lambda _n_steps: None
    """Called once with the number of tables and views ahead."""
    on_step: Callable[[], object] = lambda: None


@dataclass(slots=True)
class RebuildResult:
    """What was done, and what reports say before and after it."""

    tables: list[str]
    before: dict[str, ViewHash]
    after: dict[str, ViewHash] = field(default_factory=dict[str, ViewHash])
    events: EventsRebuilt | None = None
    is_done: bool = False
    """False when a person would not lose events; nothing has changed then."""
    n_holes: int = 0
    """Typed tables of runs that still differ from `events`."""


def rebuild_server(settings: ConsumerSettings, request: RebuildRequest) -> RebuildResult:
    """Rebuild on the servers of the settings."""
    with contextlib.closing(open_sink(settings)) as sink:
        source: EventSource | None = None
        if request.events_from == "stream":
            source = StreamSource(settings)
        elif request.events_from == "journals":
            if not refuse_consumers(settings):
                request.announce(
                    f"the NATS server {settings.nats_url} does not answer, so it is not known "
                    "whether a consumer runs: none may"
                )
            source = JournalSource(_journals(request, EmbeddedSettings()), settings)
        return _rebuild(sink, settings, request, source)


def rebuild_store(settings: EmbeddedSettings, request: RebuildRequest) -> RebuildResult:
    """Rebuild in the store of a data directory, with a nats-server if its stream is needed."""
    instead = "a rebuild needs it for itself"
    with (
        opened_store(settings, instead, "end it first: benchwire down") as sink,
        _source_beside(settings, request) as source,
    ):
        return _rebuild(sink, alone(), request, source)


@contextlib.contextmanager
def _source_beside(
    settings: EmbeddedSettings, request: RebuildRequest
) -> Generator[EventSource | None]:
    """Give what events are read from; the lock is held, so that nobody consumes."""
    if request.events_from is None:
        yield None
    elif request.events_from == "journals":
        yield JournalSource(_journals(request, settings), alone())
    else:
        server = launch_nats(settings, DataDirectory(settings.data_dir), "benchwire-rebuild")
        try:
            server.wait_ready(settings.start_timeout_seconds)
            yield StreamSource(ConsumerSettings(nats_url=server.config.url, exclusive=True))
        finally:
            server.stop()


def _journals(request: RebuildRequest, settings: EmbeddedSettings) -> Sequence[Path]:
    return request.journals or [settings.data_dir]


def _rebuild(
    sink: Sink, settings: ConsumerSettings, request: RebuildRequest, source: EventSource | None
) -> RebuildResult:
    tables = list(request.tables) or sorted(rebuildable())
    migrate_sink(sink, (), settings)
    ((as_of,),) = sink.query("SELECT toString(now64(6, 'UTC'))")
    views = hashed_views(read_sql_files()) if request.compare else []
    request.on_steps(len(tables) + 2 * len(views))

    def hashes() -> dict[str, ViewHash]:
        return view_hashes(sink, views, str(as_of), on_view=request.on_step)

    result = RebuildResult(tables, hashes())
    if source is not None and not _events(sink, source, request, result):
        return result
    for table in tables:
        rebuild(sink, table)
        request.on_step()
    refresh_all(sink, margin_seconds=insert_margin_seconds(settings))
    result.after = hashes()
    ((n_holes,),) = sink.query(_HOLES)
    result.n_holes, result.is_done = int(n_holes), True
    return result


def _events(
    sink: Sink, source: EventSource, request: RebuildRequest, result: RebuildResult
) -> bool:
    """Make `events` anew; False when a person would not lose what the source does not hold."""
    try:
        result.events = read_beside(
            sink,
            source,
            on_reach=request.on_reach,
            on_messages=request.on_messages,
            announce=request.announce,
        )
        if result.events.lost.n_events and not request.confirm(result.events):
            return False
        replace_events(sink)
        return True
    finally:
        discard(sink)

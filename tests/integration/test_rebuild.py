"""`events` made anew from the stream: what it reaches, what would be lost, and what is refused."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import benchwire, json_of, simple_line
from tests.support.filled_stream import fill
from tests.support.jetstream import connected, jetstream
from tests.support.nats import NatsServer
from tests.support.prepared_store import prepare
from tests.support.view_store import give_back, take_database
from tests.support.wire_events import WireMessage, run_messages

from benchwire.consumer.events_rebuild import (
    BESIDE,
    EventsLost,
    discard,
    read_beside,
    replace_events,
)
from benchwire.consumer.events_source import Reach
from benchwire.consumer.rebuild import rebuild, rebuildable
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.stored_runs import refresh_all
from benchwire.consumer.stream_reading import (
    ConsumerRuns,
    StreamReach,
    StreamSource,
    StreamUnreadable,
)
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM
from benchwire.consumer.view_hashes import view_hashes
from benchwire.embedded.store import ChdbStore

AS_OF = "2026-11-01 12:00:00"
VIEWS = ["rpt_run_integrity_at", "rpt_store_check"]
RUNS, EVENTS_A_RUN = 3, 40


@pytest.fixture
def settings(nats_server: NatsServer) -> ConsumerSettings:
    return ConsumerSettings(nats_url=nats_server.url, batch_events_max=50)


@pytest.fixture(scope="module")
def migrated(chdb_store: ChdbStore) -> Iterator[Sink]:
    made = take_database(chdb_store)
    yield made
    give_back(chdb_store, made)


@pytest.fixture
def sink(migrated: Sink) -> Sink:
    for table in ("events", "sum_runs_stored", "sum_sessions_stored", *rebuildable()):
        migrated.command(f"TRUNCATE TABLE {table}")
    return migrated


def messages(run_no: int) -> list[WireMessage]:
    return list(run_messages(n_events=EVENTS_A_RUN, per_message=8, run_no=run_no))


def filled(settings: ConsumerSettings) -> None:
    asyncio.run(fill(settings, [each for run_no in range(RUNS) for each in messages(run_no)]))


def rebuilt(sink: Sink, settings: ConsumerSettings) -> None:
    read_beside(sink, StreamSource(settings))
    replace_events(sink)
    for table in rebuildable():
        rebuild(sink, table)
    refresh_all(sink)


def count(sink: Sink, table: str = "events") -> int:
    return int(sink.query(f"SELECT count() FROM {table} FINAL")[0][0])


def tables(sink: Sink) -> set[str]:
    return {str(name) for (name,) in sink.query("SHOW TABLES")}


def test_everything_comes_back_and_reports_hash_the_same(
    sink: Sink, settings: ConsumerSettings
) -> None:
    """Twice from the stream, in other batches: the same bytes, whatever the parts of the table."""
    filled(settings)
    empty = view_hashes(sink, VIEWS, AS_OF)
    assert {each.n_rows for each in empty.values()} == {0}
    rebuilt(sink, settings)
    assert count(sink) == count(sink, "steps") == RUNS * EVENTS_A_RUN
    first = view_hashes(sink, VIEWS, AS_OF)
    assert first["rpt_run_integrity_at"].n_rows == RUNS
    assert first["rpt_run_integrity_at"] != empty["rpt_run_integrity_at"]
    rebuilt(sink, settings.model_copy(update={"batch_events_max": 17}))
    assert view_hashes(sink, VIEWS, AS_OF) == first
    sink.command("TRUNCATE TABLE steps")
    assert view_hashes(sink, VIEWS, AS_OF)["rpt_store_check"] != first["rpt_store_check"]


def test_what_was_purged_is_counted_before_it_is_lost(
    sink: Sink, settings: ConsumerSettings
) -> None:
    filled(settings)
    rebuilt(sink, settings)

    async def purge() -> None:
        async with jetstream(settings.nats_url) as js:
            await js.purge_stream(EVENTS_STREAM, seq=len(messages(0)) + 1)

    asyncio.run(purge())
    reached: list[Reach] = []
    found = read_beside(sink, StreamSource(settings), on_reach=reached.append)
    per_run = len(messages(0))
    assert reached == [StreamReach(per_run + 1, RUNS * per_run, (RUNS - 1) * per_run)]
    assert found.n_events == (RUNS - 1) * EVENTS_A_RUN
    times = sink.query(
        "SELECT toString(min(received_at)), toString(max(received_at)) FROM events "
        f"WHERE stream_seq <= {per_run}"
    )[0]
    assert found.lost == EventsLost(EVENTS_A_RUN, 1, *map(str, times))
    discard(sink)
    assert (count(sink), BESIDE in tables(sink)) == (RUNS * EVENTS_A_RUN, False)
    rebuilt(sink, settings)
    assert count(sink) == count(sink, "steps") == (RUNS - 1) * EVENTS_A_RUN


def test_lines_that_are_dead_letters_are_counted_and_the_rest_is_taken(
    sink: Sink, settings: ConsumerSettings
) -> None:
    whole = messages(0)
    broken = WireMessage(whole[0].subject, b"{no json\n" + whole[1].payload, "odd", 9)
    asyncio.run(fill(settings, [whole[0], broken]))
    found = read_beside(sink, StreamSource(settings))
    assert (found.n_events, found.n_refused, found.lost.n_events) == (16, 1, 0)
    discard(sink)


def test_a_running_consumer_is_refused(sink: Sink, settings: ConsumerSettings) -> None:
    """What it stored between reading and replacing would be lost."""
    filled(settings)

    async def while_it_asks() -> None:
        async with connected(settings.nats_url) as client:
            inbox = client.new_inbox()
            await client.subscribe(inbox)
            # More than there is, so that the request stays open.
            body = b'{"batch": 1000, "expires": 30000000000}'
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS_STREAM}.{DURABLE}"
            await client.publish(subject, body, reply=inbox)
            await client.flush()
            await asyncio.to_thread(read_beside, sink, StreamSource(settings))

    with pytest.raises(ConsumerRuns):
        asyncio.run(while_it_asks())
    assert BESIDE not in tables(sink)


def test_an_empty_stream_and_no_server_are_said(
    sink: Sink, settings: ConsumerSettings, nats_server: NatsServer
) -> None:
    with pytest.raises(StreamUnreadable, match="holds nothing"):
        read_beside(sink, StreamSource(settings))
    nats_server.kill()
    with pytest.raises(StreamUnreadable, match="does not answer"):
        read_beside(sink, StreamSource(settings))


def test_the_command_rebuilds_the_store_of_a_data_directory(tmp_path: Path) -> None:
    """From either source the same events."""
    data_dir = tmp_path / "data"
    benchwire(prepare(data_dir), "emit", stdin=simple_line("one") + simple_line("two"))
    for source in ("stream", "journals"):
        report = json_of(data_dir, "rebuild", "--events-from", source, "--no-compare")
        assert (report["is_done"], report["n_holes"], report["views"]) == (True, 0, {})
        events = report["events"]
        assert events["source"] == source
        assert (events["n_events"], events["lost"]["n_events"], events["n_refused"]) == (3, 0, 0)
        assert "steps" in report["tables"]

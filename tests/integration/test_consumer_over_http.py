"""The pipeline into a server over HTTP: poisoned rows, and a server that is killed and returns."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.endpoint_process import EndpointProcess
from tests.support.filled_stream import all_stored, fill
from tests.support.nats import NatsServer
from tests.support.prepared_store import prepare
from tests.support.running_consumer import running, until
from tests.support.view_store import give_back, take_database
from tests.support.wire_events import run_messages
from tests.support.writable_endpoint import writable_endpoint

from benchwire.consumer import migrations
from benchwire.consumer.clickhouse_sink import ClickHouseSink
from benchwire.consumer.settings import ConsumerSettings

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore

KILLS = 2


class WatchedSink(ClickHouseSink):
    """Says how many inserts have begun, so that a kill comes into one of them."""

    begun = 0

    def insert(self, table: str, body: bytes) -> None:
        self.begun += 1
        super().insert(table, body)


@pytest.fixture
def settings(nats_server: NatsServer) -> ConsumerSettings:
    return ConsumerSettings(
        nats_url=nats_server.url,
        ack_wait_seconds=10.0,
        insert_timeout_seconds=5.0,
        insert_backoff_seconds_max=0.2,
        batch_seconds=0.05,
        batch_events_max=2_000,
        max_ack_pending=400_000,
    )


@pytest.fixture
def sink(chdb_store: "ChdbStore") -> Iterator[ClickHouseSink]:
    ours = take_database(chdb_store)
    ((database,),) = ours.query("SELECT currentDatabase()")
    with writable_endpoint(chdb_store) as server:
        made = ClickHouseSink(server.url(str(database)), timeout_seconds=5.0)
        yield made
        made.close()
    ours.command("ALTER TABLE events DROP CONSTRAINT IF EXISTS poison")
    give_back(chdb_store, ours)


async def test_rows_that_the_server_refuses_become_dead_letters(
    settings: ConsumerSettings, sink: ClickHouseSink
) -> None:
    sink.command("ALTER TABLE events ADD CONSTRAINT poison CHECK seq NOT IN (13, 300, 399)")
    n_events = await fill(settings, run_messages(n_events=400, per_message=16))
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=30)
    assert sink.query("SELECT count() FROM events FINAL") == [(n_events - 3,)]
    letters = sink.query(
        "SELECT stream_seq, line_no, reason, JSONExtractUInt(raw, 'seq') FROM dead_letters FINAL "
        "ORDER BY stream_seq"
    )
    assert letters == [(seq // 16 + 1, seq % 16 + 1, "row_refused", seq) for seq in (13, 300, 399)]


async def test_a_server_that_is_killed_and_returns_loses_and_doubles_nothing(
    settings: ConsumerSettings, tmp_path: Path
) -> None:
    with EndpointProcess(prepare(tmp_path / "server")) as server:
        sink = WatchedSink(server.url("benchwire"), timeout_seconds=5.0)
        await asyncio.to_thread(migrations.apply, sink)
        n_events = await fill(settings, run_messages(n_events=20_000, per_message=40))
        async with running(settings, sink):
            for _ in range(KILLS):
                sink.begun = 0
                await until(lambda: sink.begun > 1, what="an insert")
                server.kill()
                await asyncio.to_thread(server.start)
            await all_stored(settings.nats_url, timeout_seconds=60)
        assert sink.query("SELECT count(), uniqExact(event_id) FROM events FINAL") == [
            (n_events, n_events)
        ]
        assert sink.query("SELECT count() FROM steps FINAL") == [(n_events,)]
        assert sink.query("SELECT count() FROM dead_letters") == [(0,)]
        sink.close()

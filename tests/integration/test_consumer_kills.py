"""A killed consumer, and a killed server, cost neither an event nor a duplicate."""

import asyncio
from pathlib import Path

from tests.support.consumer_process import ConsumerProcess
from tests.support.filled_stream import fill
from tests.support.kill_story import assert_exact, kill_while_consuming
from tests.support.nats import NatsServer
from tests.support.wire_events import run_messages

from benchwire.consumer.settings import ConsumerSettings


async def test_kills_of_consumer_and_server_store_every_event_once(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    await kill_while_consuming(tmp_path / "consumer", nats_server, seed=4, rounds=4, n_events=4_000)


async def test_sigterm_drains_and_exits_with_0(tmp_path: Path, nats_server: NatsServer) -> None:
    """What a stopped consumer stored is acknowledged: the next one begins after it."""
    settings = ConsumerSettings(nats_url=nats_server.url)
    total = await fill(settings, run_messages(n_events=20_000, per_message=16))
    consumer = ConsumerProcess(
        tmp_path / "consumer", nats_url=nats_server.url, batch_events_max=1_000
    )
    stored = -1
    try:
        while stored < total:
            consumer.start()
            await asyncio.sleep(1.0)
            assert consumer.stop() == 0
            before, stored = stored, int(consumer.query("SELECT count() FROM events")[0][0])
            assert stored > before
    finally:
        consumer.stop_if_running()
    assert stored == total
    assert_exact(consumer, total)

"""Kills consumers and servers while a stream is consumed, and counts rows afterwards."""

import asyncio
import random
from collections.abc import Iterable
from pathlib import Path

from nats.errors import Error as NatsError
from tests.support.consumer_process import ConsumerProcess
from tests.support.filled_stream import all_stored, fill
from tests.support.nats import NatsServer
from tests.support.wire_events import WireMessage, run_messages

from benchwire.consumer.settings import ConsumerSettings

ACK_WAIT_SECONDS = 3.0


def runs(n_runs: int, n_events: int, per_message: int = 16) -> Iterable[WireMessage]:
    """Messages of several runs."""
    for number in range(n_runs):
        yield from run_messages(n_events=n_events, per_message=per_message, run_no=number)


async def kill_while_consuming(
    directory: Path, server: NatsServer, *, seed: int, rounds: int, n_events: int
) -> None:
    """Kill either end at random moments; every event must be stored, and none twice."""
    rng = random.Random(seed)
    settings = ConsumerSettings(
        nats_url=server.url, ack_wait_seconds=ACK_WAIT_SECONDS, insert_timeout_seconds=2.0
    )
    total = await fill(settings, runs(rounds, n_events))
    consumer = ConsumerProcess(
        directory,
        nats_url=server.url,
        ack_wait_seconds=ACK_WAIT_SECONDS,
        insert_timeout_seconds=2.0,
        batch_events_max=500,
        batch_seconds=0.02,
        fetch_heartbeat_seconds=0.5,
        exclusive=rng.choice(["true", "false"]),
    )
    try:
        consumer.start()
        for _ in range(rounds):
            await asyncio.sleep(rng.uniform(0.0, 0.6))
            if rng.random() < 0.5:
                consumer.kill()
                consumer.start()
            else:
                server.kill()
                server.start()
        await _all_stored(server)
        assert consumer.stop() == 0
        assert_exact(consumer, total)
    finally:
        consumer.stop_if_running()


def assert_exact(consumer: ConsumerProcess, total: int) -> None:
    """Every event once, in `events` and in the typed table."""
    counts = consumer.query(
        "SELECT (SELECT count() FROM events FINAL), (SELECT uniqExact(event_id) FROM events), "
        "(SELECT count() FROM steps FINAL), (SELECT count() FROM dead_letters FINAL)"
    )
    assert counts == [[total, total, total, 0]]


async def _all_stored(server: NatsServer) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                await all_stored(server.url, timeout_seconds=90)
            except NatsError:
                await asyncio.sleep(0.2)
            else:
                return

"""How much of its rate ingestion keeps while a long query runs, and what it costs the query.

`python -m benchmarks.ingest_during_query` fills a stream and lets the consumer store it. After a
while a query that takes as many cores as it may get goes to the SQL endpoint; the consumer goes
on before, during and after it. The query's size is chosen so that it takes about ten seconds.
"""

# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import argparse
import asyncio
import contextlib
import os
import tempfile
import time
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import nats
import structlog
from benchmarks.consume import fill, start_nats
from benchmarks.mixed_events import messages
from nats.js import JetStreamContext

from benchwire.consumer import ConsumerSettings, migrations
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.consumer_thread import ConsumerThread
from benchwire.embedded.endpoint.app import EndpointApp
from benchwire.embedded.endpoint.execution import QueryRunner
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.endpoint.presence import Presence
from benchwire.embedded.endpoint.server import EndpointServer
from benchwire.embedded.ports import free_port
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.store import ChdbStore

PER_MESSAGE = 64
TOKEN = "bench"  # noqa: S105  # of a server that lives for a minute, on loopback
QUERY = "SELECT max(sipHash64(repeat(toString(number), 20))) FROM numbers_mt({n})"
CALIBRATION = 10_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_500_000)
    parser.add_argument(
        "--query-seconds", type=float, default=6.0, help="how long the query takes alone"
    )
    parser.add_argument("--phase-seconds", type=float, default=5.0)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="benchwire-bench-") as directory:
        asyncio.run(measure(Path(directory), options))


async def measure(directory: Path, options: argparse.Namespace) -> None:
    """Print the rates of the three phases and of the query."""
    server = start_nats(directory)
    settings = ConsumerSettings(nats_url=server.config.url, exclusive=True)
    store = ChdbStore.open(directory / "store", directory / "engine-config")
    try:
        n_events, _ = await fill(settings, messages(options.events, per_message=PER_MESSAGE))
        sink = ChdbSink(store)
        migrations.apply(sink)
        consumer = ConsumerThread(settings, sink)
        with endpoint(store) as url:
            calibrated = await asyncio.to_thread(query_seconds, url, CALIBRATION)
            size = int(CALIBRATION * options.query_seconds / calibrated)
            alone = await asyncio.to_thread(query_seconds, url, size)
            consumer.start()
            try:
                beside = await ingest_and_query(settings, url, n_events, size, options)
            finally:
                await asyncio.to_thread(consumer.stop, None)
            print(f"the query takes {alone:.1f} s alone, {beside:.1f} s beside ingestion")
        sink.close()
    finally:
        store.close()
        server.stop()


async def ingest_and_query(
    settings: ConsumerSettings,
    url: str,
    n_events: int,
    size: int,
    options: argparse.Namespace,
) -> float:
    """Let the consumer run, and the query in the middle of it; returns the query's seconds."""
    connection = await nats.connect(settings.nats_url)
    js = JetStreamContext(connection)

    async def stored() -> int:
        info = await js.consumer_info(EVENTS_STREAM, DURABLE)
        left = (info.num_pending or 0) + (info.num_ack_pending or 0)
        return n_events - left * PER_MESSAGE

    async def rate(phase: asyncio.Future[Any]) -> float:
        began, before = time.perf_counter(), await stored()
        await phase
        after = await stored()
        assert after < n_events, "the stream ran dry: use more --events"
        return (after - before) / (time.perf_counter() - began)

    while await stored() < n_events // 20:  # noqa: ASYNC110  # nothing signals it
        await asyncio.sleep(0.1)
    idle = options.phase_seconds
    before = await rate(asyncio.ensure_future(asyncio.sleep(idle)))
    asked = asyncio.ensure_future(asyncio.to_thread(query_seconds, url, size))
    during = await rate(asked)
    took = asked.result()
    after = await rate(asyncio.ensure_future(asyncio.sleep(idle)))
    await connection.close()
    around = (before + after) / 2
    print(f"{'before the query':<24}{before:>13,.0f} events/s")
    print(f"{f'during it ({took:.1f} s)':<24}{during:>13,.0f} events/s {during / around:>8.0%}")
    print(f"{'after it':<24}{after:>13,.0f} events/s")
    return took


def query_seconds(url: str, size: int) -> float:
    """Run the query; returns how long it took."""
    request = urllib.request.Request(  # noqa: S310  # loopback
        f"{url}/?max_execution_time=300",
        data=QUERY.format(n=size).encode(),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310  # loopback
        answer.read()
    return time.perf_counter() - began


@contextlib.contextmanager
def endpoint(store: ChdbStore) -> Generator[str]:
    """Serve the store as the daemon does."""
    settings = EmbeddedSettings()
    limits = QueryLimits(
        seconds=settings.query_seconds,
        seconds_max=settings.query_seconds_max,
        memory_bytes_max=settings.query_memory_bytes_max,
        result_bytes_max=settings.query_result_bytes_max,
        threads_max=os.cpu_count() or 1,
    )
    app = EndpointApp(
        store=store,
        runner=QueryRunner(store, limits),
        operations=NoOperations(),
        presence=Presence(),
        token=TOKEN,
        instance_id="bench",
        queries_concurrent_max=settings.queries_concurrent_max,
    )
    server = EndpointServer(app.application(), free_port())
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
        app.shutdown()


class NoOperations:
    """The private routes are not used."""

    def status(self) -> dict[str, Any]:
        """Say nothing."""
        return {}

    def wait_stored(self, timeout_seconds: float) -> bool:
        """Say nothing."""
        return timeout_seconds < 0


if __name__ == "__main__":
    main()

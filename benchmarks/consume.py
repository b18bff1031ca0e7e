"""The consumer's rate on a filled stream, beside the way one would write it with stock parts.

`python -m benchmarks.consume` fills a stream, then stores it twice into the shipped tables with
validation and acknowledgements: with Benchwire's pipeline, and with `fetch` + pydantic + one
insert per fetch. Both use the same nats-server, the same engine and the same insert.
"""

# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import nats
import structlog
from benchmarks.mixed_events import Message, messages
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from benchwire.consumer import Consumer, ConsumerSettings, Sink, migrations
from benchwire.consumer.decoder import decode
from benchwire.consumer.message import parse_delivery
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM, ensure
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.nats_binary import nats_server_binary
from benchwire.embedded.nats_config import NatsConfig
from benchwire.embedded.nats_process import NatsServer
from benchwire.embedded.ports import free_port
from benchwire.embedded.store import DATABASE, ChdbStore
from benchwire.schemas.event import BenchmarkEvent

GIB = 1024**3
IN_FLIGHT = 512
STOCK_DURABLE = "stock"
STOCK_FETCH = 800
"""Messages of one stock fetch: at 64 events each, about as many events as one of our batches."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one way of consuming reached."""

    n_events: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Events per second of wall time."""
        return self.n_events / self.seconds

    def line(self, name: str) -> str:
        """One line of the printed table."""
        cpu_us = self.cpu_seconds / self.n_events * 1e6
        return f"{name:<44}{self.per_second:>11,.0f} events/s{cpu_us:>8.1f} µs CPU/event"


class Stopwatch:
    """Measures from its making on."""

    def __init__(self) -> None:
        self._started, self._cpu_started = time.perf_counter(), time.process_time()

    def rate(self, n_events: int) -> Rate:
        """Say what was reached by now."""
        seconds = time.perf_counter() - self._started
        return Rate(n_events, seconds, time.process_time() - self._cpu_started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--per-message", type=int, default=64)
    parser.add_argument("--stock-events", type=int, default=150_000)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="benchwire-bench-") as directory:
        asyncio.run(compare(Path(directory), options))


async def compare(directory: Path, options: argparse.Namespace) -> None:
    """Fill the stream once and consume it both ways."""
    server = start_nats(directory)
    settings = ConsumerSettings(nats_url=server.config.url)
    store = ChdbStore.open(directory / "store", directory / "engine-config")
    try:
        made = messages(options.events, per_message=options.per_message)
        n_events, n_bytes = await fill(settings, made)
        print(
            f"{n_events:,} events of {n_bytes / n_events:.0f} bytes, "
            f"{options.per_message} a message"
        )
        ours = await measure(store, lambda sink: consume(settings, sink, n_events))
        print(ours.line("benchwire consumer"))
        stock = await measure(
            store, lambda sink: consume_stock(settings, sink, options.stock_events)
        )
        print(stock.line("stock fetch + pydantic, one after the other"))
        print(f"ratio {ours.per_second / stock.per_second:.1f}")
    finally:
        store.close()
        server.stop()


async def measure(store: ChdbStore, way: Callable[[Sink], Awaitable[Rate]]) -> Rate:
    """Run one way on fresh tables and a warm engine; checks that every event was stored once."""
    sink = ChdbSink(store)
    sink.command(f"DROP DATABASE {DATABASE} SYNC")
    sink.command(f"CREATE DATABASE {DATABASE} ENGINE = Atomic")
    migrations.apply(sink)
    warm_up(sink)
    rate = await way(sink)
    ((stored,),) = sink.query("SELECT uniqExact(event_id) FROM events")
    assert stored >= rate.n_events, f"{stored} of {rate.n_events} stored"
    sink.close()
    return rate


def warm_up(sink: Sink) -> None:
    """Let the engine compile what it compiles once; the rows are gone before the clock starts."""
    for number, message in enumerate(messages(2_000, per_message=100, seed=2), start=1):
        delivery = (
            f"$JS.ACK.BENCH_EVENTS.benchwire-consumer.1.{number}.{number}.1790000000000000000.0"
        )
        sink.insert(
            "events", decode(parse_delivery(message.subject, delivery, message.payload)).rows
        )
    sink.command("TRUNCATE TABLE events")


async def consume(settings: ConsumerSettings, sink: Sink, n_events: int) -> Rate:
    """Benchwire's own pipeline, until everything is acknowledged.

    A consumer that is stopped computes the rows of the runs it stored before it ends; that is not
    counted, but what it computed of them until then is.
    """
    watch, stop = Stopwatch(), asyncio.Event()
    running = asyncio.create_task(Consumer(settings, sink).run(stop))
    connection = await nats.connect(settings.nats_url)
    js = JetStreamContext(connection)
    while True:
        info = await js.consumer_info(EVENTS_STREAM, DURABLE)
        if not info.num_pending and not info.num_ack_pending:
            break
        await asyncio.sleep(0.05)
    rate = watch.rate(n_events)
    await connection.close()
    stop.set()
    await running
    return rate


async def consume_stock(settings: ConsumerSettings, sink: Sink, n_events: int) -> Rate:
    """What one would write with nats-py, pydantic and one insert per fetch."""
    watch = Stopwatch()
    connection = await nats.connect(settings.nats_url)
    js = JetStreamContext(connection)
    config = ConsumerConfig(durable_name=STOCK_DURABLE, ack_policy=AckPolicy.EXPLICIT)
    config.max_ack_pending = 10 * STOCK_FETCH
    subscription = await js.pull_subscribe("bench.events.>", STOCK_DURABLE, EVENTS_STREAM, config)
    done = 0
    while done < n_events:
        fetched = await subscription.fetch(STOCK_FETCH, timeout=5)
        rows: list[bytes] = []
        for message in fetched:
            at = message.metadata.timestamp.isoformat().encode()
            seq = message.metadata.sequence.stream
            for line in message.data.splitlines():
                BenchmarkEvent.model_validate_json(line)
                rows.append(b'{"received_at":"%b","stream_seq":%d,%b' % (at, seq, line[1:]))
        await asyncio.to_thread(sink.insert, "events", b"\n".join(rows))
        for message in fetched:
            await message.ack()
        done += len(rows)
    rate = watch.rate(done)
    await connection.close()
    return rate


async def fill(settings: ConsumerSettings, made: Iterable[Message]) -> tuple[int, int]:
    """Publish all messages; returns events and bytes."""
    connection = await nats.connect(settings.nats_url)
    js = JetStreamContext(connection)
    await ensure(js, settings)
    n_events = n_bytes = 0
    group: list[Awaitable[object]] = []
    for message in made:
        headers = {"Nats-Msg-Id": message.message_id, "Content-Type": "application/x-ndjson"}
        group.append(js.publish(message.subject, message.payload, timeout=60, headers=headers))
        n_events += message.n_events
        n_bytes += len(message.payload)
        if len(group) == IN_FLIGHT:
            await asyncio.gather(*group)
            group = []
    await asyncio.gather(*group)
    await connection.close()
    return n_events, n_bytes


def start_nats(directory: Path) -> NatsServer:
    """Start a server as the embedded stack does."""
    config = NatsConfig(
        directory=directory / "nats",
        log_file=directory / "nats.log",
        server_name="bench",
        port=free_port(),
        store_bytes_max=32 * GIB,
        payload_bytes_max=8 * 1024 * 1024,
    )
    server = NatsServer(config, nats_server_binary())
    server.launch()
    server.wait_ready(20)
    return server


if __name__ == "__main__":
    main()

"""What watching costs: CPU per event from the stream to the screen, pictures included.

    python -m benchmarks.watch

Fills a real stream, lets a feed take it up while frames are made twice a second, and states which
share of one core 5,000 events a second would take. Messages of one event are the dearest.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

import structlog
from benchmarks.mixed_events import messages
from tests.support.filled_stream import fill
from tests.support.nats import NatsServer
from tests.support.wire_events import WireMessage

from benchwire.analysis.live.picture import picture_of
from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.feed import Feed
from benchwire.cli.watching.frame import overview
from benchwire.cli.watching.screen import situation
from benchwire.cli.watching.source import Source
from benchwire.consumer.settings import ConsumerSettings

EVENTS_PER_SECOND: Final = 5_000
N_OPEN: Final = 50
EVENTS_PER_RUN: Final = 400
FRAMES_A_SECOND: Final = 2
SIZES: Final = (1, 4, 64)


async def taken(server: NatsServer) -> tuple[int, float, float, float]:
    """Take everything up; returns events, seconds, CPU seconds, and CPU seconds of one frame."""
    feed = Feed(Source(lambda: [server.url], None, None), None)
    start, start_cpu = time.perf_counter(), time.process_time()
    running = asyncio.ensure_future(feed.run(lambda: None))
    while not feed.is_live:  # noqa: ASYNC110 - a screen looks at it in the same way
        await asyncio.sleep(0.01)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return feed.state.n_events, seconds, cpu, frame_seconds(feed)


def frame_seconds(feed: Feed) -> float:
    """CPU seconds of one frame, all that changed by then taken into account."""
    controls = Controls()
    picture = picture_of(feed.state, time.time_ns() // 1_000)
    start = time.process_time()
    for _ in range(20):
        picture = picture_of(feed.state, time.time_ns() // 1_000)
        overview(picture, situation(feed), controls, 80, 24)
    assert len(picture.runs) == N_OPEN, len(picture.runs)
    return (time.process_time() - start) / 20


def measure(n_events: int, per_message: int) -> None:
    """Print one line of the table."""
    with tempfile.TemporaryDirectory() as directory, NatsServer(Path(directory)) as server:
        made = (
            WireMessage(message.subject, message.payload, message.message_id, message.n_events)
            for message in messages(
                n_events, per_message=per_message, events_per_run=EVENTS_PER_RUN, n_open=N_OPEN
            )
        )
        asyncio.run(fill(ConsumerSettings(nats_url=server.url), made))
        n_taken, seconds, cpu, frame = asyncio.run(taken(server))
    assert n_taken == n_events, (n_taken, n_events)
    share = cpu / n_events * EVENTS_PER_SECOND + frame * FRAMES_A_SECOND
    print(
        f"{per_message:>3} events a message: {n_events / seconds:>9,.0f} events/s joining, "
        f"{cpu / n_events * 1e6:>6.1f} µs/event, {frame * 1e3:>5.1f} ms/frame of {N_OPEN} runs; "
        f"{share:.0%} of a core at {EVENTS_PER_SECOND:,} events/s"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    n_events: int = parser.parse_args().events
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    for per_message in SIZES:
        measure(n_events, per_message)


if __name__ == "__main__":
    main()

"""How fast a daemon answers dashboards over HTTP while it stores what is published to it.

`python -m benchmarks.dashboards_over_http` fills a store as `benchmarks.dashboards` does (`--store`
keeps it), starts `benchwire up` over it, and asks the query of every panel by turns: alone, then
while a process of its own publishes messages of new runs, which takes a tenth of a core.
"""

# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import nats
import structlog
from benchmarks.dashboard_questions import REPORTS, Asked, questions
from benchmarks.dashboards import EVENTS_PER_RUN, LIMIT_MS, fill, read_options
from benchmarks.mixed_events import Message, messages
from nats.js import JetStreamContext

from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.client import EndpointClient
from benchwire.embedded.daemon import spawn_daemon, stop_daemon
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.registration import Registration
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.store import ChdbStore

MESSAGE_EVENTS: Final = 20
SECONDS: Final = 0.25
"""Between two groups of messages."""
LEAD_SECONDS: Final = 20
"""Published for so long before anything is asked."""


def main() -> None:
    options = read_options(__doc__)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="benchwire-bench-") as directory:
        settings = EmbeddedSettings(data_dir=options.store or Path(directory))
        asked_of = filled(settings, options.events)
        with daemon(settings) as registration:
            ask = partial(asked_by_turns, EndpointClient(registration), asked_of, options.times)
            alone = ask()
            with publishing(registration.nats_url, options.rate):
                during = ask()
    print(f"{'ms, median of ' + str(options.times):<72}{'alone':>8}{'ingest':>8}")
    for each in sorted(asked_of, key=lambda each: during[each]):
        mark = "" if during[each] <= LIMIT_MS else "  !"
        print(f"{each.group + ': ' + each.name:<72}{alone[each]:>8.0f}{during[each]:>8.0f}{mark}")
    n_within = sum(taken <= LIMIT_MS for taken in during.values())
    print(
        f"{n_within} of {len(asked_of)} within {LIMIT_MS} ms, median {median(during.values()):.0f}"
    )


def filled(settings: EmbeddedSettings, n_events: int) -> list[Asked]:
    """Fill the store of a data directory and say what its dashboards ask."""
    data = DataDirectory(settings.data_dir)
    data.create()
    store = ChdbStore.open(data.store, data.engine_config)
    try:
        sink = ChdbSink(store)
        fill(sink, n_events)
        asked_of = [each for each in questions(sink) if each.group != REPORTS]
        sink.close()
    finally:
        store.close()
    return asked_of


@contextmanager
def daemon(settings: EmbeddedSettings) -> Generator[Registration]:
    """Run `benchwire up` over the data directory."""
    os.environ["BENCHWIRE_DATA_DIR"] = str(settings.data_dir)
    registration = spawn_daemon(settings, [sys.executable, "-m", "benchwire.cli.main", "up"])
    try:
        yield registration
    finally:
        stop_daemon(settings)


def asked_by_turns(client: EndpointClient, asked_of: list[Asked], times: int) -> dict[Asked, float]:
    """Ask all, then all again, …; medians in ms from the request to the last byte, once warm."""
    taken: dict[Asked, list[float]] = {each: [] for each in asked_of}
    for _ in range(times + 1):
        for each in asked_of:
            began = time.perf_counter()
            for _block in client.query(each.sql, "Native"):
                pass
            taken[each].append(time.perf_counter() - began)
    return {each: median(seconds[1:]) * 1000 for each, seconds in taken.items()}


@contextmanager
def publishing(nats_url: str, rate: int) -> Generator[None]:
    """Publish at that rate from another process; raises if that ended before its time."""
    publisher = multiprocessing.get_context("spawn").Process(target=publish, args=(nats_url, rate))
    publisher.start()
    try:
        time.sleep(LEAD_SECONDS)
        yield
        if not publisher.is_alive():
            raise RuntimeError(f"the publisher ended with code {publisher.exitcode}")
    finally:
        publisher.terminate()
        publisher.join()


def publish(nats_url: str, rate: int) -> None:
    """Publish messages of new runs until the process is ended."""
    asyncio.run(_publish(nats_url, rate))


async def _publish(nats_url: str, rate: int) -> None:
    js = JetStreamContext(await nats.connect(nats_url))
    began = time.monotonic()
    for number, group in enumerate(new_messages(round(rate * SECONDS)), start=1):
        sent = [js.publish(each.subject, each.payload, timeout=60) for each in group]
        await asyncio.gather(*sent)
        await asyncio.sleep(max(0.0, began + number * SECONDS - time.monotonic()))


def new_messages(n_events: int) -> Iterator[list[Message]]:
    """Give the messages of ever new runs, group by group."""
    seed = time.time_ns()
    while True:
        seed += 1
        made = messages(
            n_events, per_message=MESSAGE_EVENTS, seed=seed, events_per_run=EVENTS_PER_RUN
        )
        yield list(made)


if __name__ == "__main__":
    main()

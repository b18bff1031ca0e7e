"""How fast dashboards are answered from a large store while ingest goes on.

`python -m benchmarks.dashboards` fills a store with ten million events of a hundred thousand runs
(`--store` keeps it, and takes it up again), then asks every report and the query of every panel of
grafana/dashboards nine times: first alone, then while events are inserted and the rows of their
runs computed anew, as the consumer does.
"""

import argparse
import contextlib
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Final

import structlog
from benchmarks.dashboard_questions import Asked, questions
from benchmarks.mixed_events import messages
from benchmarks.views import spliced, spliced_batches

from benchwire.consumer import migrations, stored_runs
from benchwire.consumer.price_book import load_price_books
from benchwire.consumer.refresh_pace import REST_RATIO, REST_SECONDS_MIN
from benchwire.consumer.refresher import THREADS_OF_ENGINE
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.store import ChdbStore

EVENTS: Final = 10_000_000
EVENTS_PER_RUN: Final = 100
TIMES: Final = 9
LIVE_MESSAGE_EVENTS: Final = 20
LIVE_SECONDS: Final = 0.5
"""Between two inserts of the ingest that goes on."""
LIMIT_MS: Final = 300
NAME_WIDTH: Final = 112


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query took, in milliseconds: medians."""

    ms: float
    cpu_ms: float
    """Of the whole process, so that it is the query's own only while nothing else goes on."""


def main() -> None:
    options = read_options(__doc__)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="benchwire-bench-") as directory:
        root = options.store or Path(directory)
        root.mkdir(parents=True, exist_ok=True)
        store = ChdbStore.open(root / "store", root / "ec")
        try:
            sink = ChdbSink(store)
            fill(sink, options.events)
            ask_all(sink, store, options.rate, options.times)
            sink.close()
        finally:
            store.close()


def read_options(description: str | None) -> argparse.Namespace:
    """Read what both benchmarks of dashboards are told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--store", type=Path, help="data directory to keep the store in")
    parser.add_argument("--rate", type=int, default=5_000, help="events per second that go on")
    parser.add_argument("--times", type=int, default=TIMES, help="how often each is asked")
    return parser.parse_args()


def fill(sink: ChdbSink, n_events: int) -> None:
    """Make the store what it should be; a filled one only gets what its views lack."""
    migrations.apply(sink)
    load_price_books(sink)
    if sink.query("SELECT count() FROM events") == [(0,)]:
        for batch in spliced_batches(n_events, EVENTS_PER_RUN, 20):
            sink.insert("events", batch)
    for rows in stored_runs.STORED:
        due = stored_runs.due_runs(sink, rows)
        began, until_us = time.perf_counter(), stored_runs.server_time_us(sink)
        stored_runs.refresh(sink, due, complete_until_us=until_us, rows=rows)
        seconds = time.perf_counter() - began
        print(f"{rows.name} of {len(due):,} runs computed in {seconds:.1f} s")


def ask_all(sink: ChdbSink, store: ChdbStore, rate: int, times: int) -> None:
    """Print the medians of every question, alone and while events come in."""
    asked_of = questions(sink)
    alone = {each: asked(sink, each.sql, times) for each in asked_of}
    with ingest_going_on(store, rate):
        during = asked_by_turns(sink, asked_of, times)
    for group, members in groupby(asked_of, key=lambda each: each.group):
        title = f"{group}: ms, median of {times}"
        print(f"\n{title:<{NAME_WIDTH}}{'CPU':>8}{'alone':>8}{'ingest':>8}")
        for each in sorted(members, key=lambda each: during[each]):
            mark = "" if during[each] <= LIMIT_MS else "  !"
            numbers = f"{alone[each].cpu_ms:>8.0f}{alone[each].ms:>8.0f}{during[each]:>8.0f}"
            print(f"{each.name:<{NAME_WIDTH}}{numbers}{mark}")


def asked_by_turns(sink: ChdbSink, asked_of: list[Asked], times: int) -> dict[Asked, float]:
    """Ask all, then all again, …; medians in ms.

    Rows of runs are computed for some seconds every now and then: asked nine times in a row, a
    question would meet that nine times or never.
    """
    taken: dict[Asked, list[float]] = {each: [] for each in asked_of}
    for _ in range(times):
        for each in asked_of:
            began = time.perf_counter()
            sink.command(each.sql)
            taken[each].append(time.perf_counter() - began)
    return {each: median(seconds) * 1000 for each, seconds in taken.items()}


def asked(sink: ChdbSink, query: str, times: int) -> Cost:
    """Ask once for warmth, then as often as counts."""
    taken: list[float] = []
    used: list[float] = []
    for _ in range(times + 1):
        began, cpu_began = time.perf_counter(), time.process_time()
        sink.command(query)
        taken.append(time.perf_counter() - began)
        used.append(time.process_time() - cpu_began)
    return Cost(median(taken[1:]) * 1e3, median(used[1:]) * 1e3)


@contextlib.contextmanager
def ingest_going_on(store: ChdbStore, rate: int) -> Generator[None]:
    """Insert at that rate and keep the rows of runs up to date, each in a thread."""
    stop, due, lock = threading.Event(), set[str](), threading.Lock()
    seconds: list[float] = []

    def insert() -> None:
        sink = ChdbSink(store)
        batches = live_batches(round(rate * LIVE_SECONDS))
        while not stop.wait(LIVE_SECONDS):
            body, run_ids = next(batches)
            sink.insert("events", body)
            with lock:
                due.update(run_ids)
        sink.close()

    def refresh() -> None:
        sink = ChdbSink(store)
        rest = REST_SECONDS_MIN
        while not stop.wait(rest):
            with lock:
                runs = list(due)
                due.clear()
            began = time.perf_counter()
            until_us = stored_runs.server_time_us(sink)
            compute = partial(
                stored_runs.refresh, complete_until_us=until_us, max_threads=THREADS_OF_ENGINE
            )
            compute(sink, runs)
            compute(sink, stored_runs.ended_runs(sink, runs), rows=stored_runs.SESSIONS)
            seconds.append(time.perf_counter() - began)
            rest = max(REST_SECONDS_MIN, REST_RATIO * seconds[-1])
        sink.close()

    threads = [threading.Thread(target=insert), threading.Thread(target=refresh)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if seconds:
        print(f"{rate:,} events/s; rows of runs computed in {median(seconds):.1f} s (median)")


def live_batches(n_events: int) -> Iterator[tuple[bytes, set[str]]]:
    """Give bodies of new runs, and the runs they are of."""
    seed = time.time_ns()
    while True:
        seed += 1
        made = messages(
            n_events, per_message=LIVE_MESSAGE_EVENTS, seed=seed, events_per_run=EVENTS_PER_RUN
        )
        held = list(made)
        now_us = time.time_ns() // 1_000
        body = b"".join([spliced(message, now_us, seed) for message in held])
        yield body, {message.subject.rpartition(".")[2] for message in held}


if __name__ == "__main__":
    main()

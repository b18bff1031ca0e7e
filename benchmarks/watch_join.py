"""How long a late watcher takes to know a large store.

    python -m benchmarks.watch_join --store DIR

Takes up (or makes) the store of `benchmarks.dashboards`: ten million events of a hundred thousand
runs. Nothing of the stream is read, because a snapshot replaces what the stream held before it.
"""

import argparse
import tempfile
import time
from pathlib import Path

import structlog
from benchmarks.dashboards import EVENTS, fill

from benchwire.analysis.live.picture import picture_of
from benchwire.analysis.live.snapshot import Position, Store
from benchwire.analysis.live.state import LiveState
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.store import ChdbStore


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--store", type=Path, help="directory to keep the store in")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="benchwire-bench-") as directory:
        root = options.store or Path(directory)
        root.mkdir(parents=True, exist_ok=True)
        store = ChdbStore.open(root / "store", root / "ec")
        try:
            sink = ChdbSink(store)
            fill(sink, options.events)
            join(sink)
            sink.close()
        finally:
            store.close()


def join(sink: ChdbSink) -> None:
    """Take a snapshot as a feed does, and print what each part of it took."""
    (position,) = sink.query("SELECT max(stream_seq) FROM events")[0]
    state, asked = LiveState(), Store(sink.query, None)
    began = time.perf_counter()
    snapshot = asked.snapshot(Position(int(position), 0))
    report(
        "questions", began, f"{len(snapshot.settled):,} settled, {len(snapshot.moving):,} moving"
    )
    began = time.perf_counter()
    for facts in snapshot.settled:
        state.settle(facts)
    report("settled runs taken up", began)
    began = time.perf_counter()
    for found in asked.events(snapshot.moving):
        for run_id, events in found.items():
            state.restore(run_id, events)
    report("moving runs read event by event", began, f"{state.n_events:,} events")
    began = time.perf_counter()
    picture = picture_of(state, time.time_ns() // 1_000)
    report("first picture", began, f"{len(picture.policies)} policies, {picture.n_runs:,} runs")


def report(what: str, began: float, note: str = "") -> None:
    """Print one line of the table."""
    print(f"{what:<36}{time.perf_counter() - began:>8.2f} s  {note}")


if __name__ == "__main__":
    main()

"""What one ``emit`` costs: median and p99, beside a bare ``os.write`` of the same bytes.

    python -m benchmarks.emit [--events 50000]

The publisher runs against a real nats-server in one measurement, and finds none in the other.
"""

import argparse
import gc
import logging
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from tests.support.event_stream import make_stream
from tests.support.nats import NatsServer

from benchwire.producer import Producer, RunIdentity
from benchwire.schemas.identity import new_run_id

EVENTS = 50_000
WARM_UP = 2_000
STEP: dict[str, Any] = {
    "kind": "act",
    "step_no": 17,
    "turn": 9,
    "model": "claude-sonnet-4.5",
    "usage": {
        "input_tokens": 1_204,
        "cache_read_tokens": 45_312,
        "output_tokens": 388,
        "nano_aiu": 1_250_000,
    },
    "duration_ms": 2_345.6,
    "context_tokens": 46_904,
    "context_limit_tokens": 200_000,
    "finish_reason": "tool_use",
    "content": "I will run the failing test, then read the parser.",
    "action_type": "run_command",
    "action_path": "tests/test_parser.py",
    "test_pass_rate": 0.75,
}
"""A ``step`` whose ``data`` takes 400 bytes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How long one call takes."""

    what: str
    median_us: float
    p99_us: float
    per_second: float

    def __str__(self) -> str:
        return f"{self.what:<34} {self.median_us:7.2f} {self.p99_us:9.2f} {self.per_second:12,.0f}"


def measure(what: str, call: Callable[[], object], events: int = EVENTS) -> Cost:
    """Time every single call."""
    for _ in range(WARM_UP):
        call()
    clock = time.perf_counter_ns
    taken = [0] * events
    gc.collect()
    began = clock()
    for index in range(events):
        start = clock()
        call()
        taken[index] = clock() - start
    elapsed = clock() - began
    taken.sort()
    return Cost(
        what, taken[events // 2] / 1e3, taken[events * 99 // 100] / 1e3, events / elapsed * 1e9
    )


def emit_cost(what: str, data_dir: Path, nats_url: str | None, events: int) -> tuple[Cost, int]:
    """Measure ``Emitter.emit``, and return with it the size of the line it wrote."""
    with Producer(data_dir=data_dir, nats_url=nats_url) as producer:
        identity = RunIdentity(
            experiment_id="bench", job_id="bench", policy_id="p", task_id="t", run_id=new_run_id()
        )
        emitter = producer.open_emitter(identity, "runner")
        cost = measure(what, lambda: emitter.emit("step", STEP), events)
        segment = next(data_dir.glob("journal/*/*.seg"))
        with segment.open("rb") as lines:
            line_bytes = len(lines.readline())
        emitter.close()
        producer.flush(60 if nats_url else 0)
    return cost, line_bytes


def write_cost(directory: Path, line_bytes: int, events: int) -> Cost:
    """Measure a bare append of as many bytes."""
    fd = os.open(directory / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    line = b"x" * line_bytes
    try:
        return measure("os.write of the same bytes", lambda: os.write(fd, line), events)
    finally:
        os.close(fd)


def run(events: int = EVENTS) -> list[Cost]:
    """Measure all three in one run."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        alone, line_bytes = emit_cost("emit, no server", directory / "alone", None, events)
        with NatsServer(directory / "nats") as server:
            make_stream(server.url)
            served, _ = emit_cost("emit, publishing", directory / "served", server.url, events)
        return [alone, served, write_cost(directory, line_bytes, events)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--events", type=int, default=EVENTS)
    arguments = parser.parse_args()
    # What is left in the journal of the first measurement, and the streams made, are no news here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(f"{'step event, 400 bytes of data':<34} {'median':>7} {'p99':>9} {'per second':>12}")
    print(f"{'':<34} {'µs':>7} {'µs':>9}")
    for cost in run(arguments.events):
        print(cost)


if __name__ == "__main__":
    main()

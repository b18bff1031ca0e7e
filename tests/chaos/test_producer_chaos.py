"""Long, seeded faults: producers and servers die at random, disks fill up, children are forked.

A failure prints its seed; the same seed kills at the same moments of the program's own clock.
"""

import os
import random
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.test_producer_fork import fork_and_emit
from tests.support.event_stream import make_stream, stored_messages
from tests.support.journals import identity, journaled, offline_producer
from tests.support.killing import EmittingProcess
from tests.support.nats import NatsServer
from tests.support.stream_account import accounts

from benchwire.producer.drain import drain
from benchwire.schemas.identity import new_run_id

pytestmark = pytest.mark.chaos

KILLS = 40
SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_producers_and_servers_killed_at_random_lose_nothing(
    nats_server: NatsServer, tmp_path: Path, seed: int
) -> None:
    make_stream(nats_server.url)
    rng = random.Random(seed)
    stop = threading.Event()

    def kill_servers() -> None:
        own = random.Random(seed + 1_000)
        while not stop.wait(own.uniform(0.2, 1.5)):
            nats_server.kill()
            stop.wait(own.uniform(0, 0.5))
            nats_server.start()

    killer = threading.Thread(target=kill_servers)
    killer.start()
    promised: list[str] = []
    run_id = new_run_id()
    for number in range(KILLS):
        process = EmittingProcess.start(
            tmp_path,
            nats_server.url,
            run_id if rng.random() < 0.5 else new_run_id(),
            seed=seed * 1_000 + number,
            segment_bytes_max=rng.choice([20_000, 200_000, 8_000_000]),
        )
        promised += process.kill_within(1.0, rng)
    stop.set()
    killer.join()
    report = drain(data_dir=tmp_path / "data", nats_url=nats_server.url)
    assert report.complete, f"seed {seed}: {report}"
    # A server that dies may forget which message ids it has seen: copies are allowed here.
    epochs = accounts(stored_messages(nats_server.url), once=False)
    assert len(epochs) == KILLS, f"seed {seed}"
    for epoch in epochs:
        epoch.check(sealed_by="recovery")
    there = {event["event_id"] for epoch in epochs for event in epoch.events}
    assert set(promised) <= there, f"seed {seed}: {len(set(promised) - there)} missing"


@pytest.mark.parametrize("seed", SEEDS)
def test_forking_again_and_again_never_hangs(
    nats_server: NatsServer, tmp_path: Path, seed: int
) -> None:
    make_stream(nats_server.url)
    for number in range(5):
        directory = tmp_path / f"{seed}-{number}"
        directory.mkdir()
        promised = fork_and_emit(directory, nats_server.url, children=30)
        drain(data_dir=directory / "data", nats_url=nats_server.url)
        epochs = accounts(stored_messages(nats_server.url))
        assert promised <= {event["event_id"] for epoch in epochs for event in epoch.events}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],  # noqa: S607 - by name
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S607 - by name


def free_bytes(disk: Path) -> int:
    room = os.statvfs(disk)
    return room.f_bavail * room.f_frsize


@pytest.mark.parametrize("seed", SEEDS)
def test_a_disk_that_fills_up_and_empties_again_leaves_a_balanced_account(
    small_disk: Path, seed: int
) -> None:
    rng = random.Random(seed)
    producer = offline_producer(small_disk)
    emitter = producer.open_emitter(identity(), "runner")
    ballast = small_disk / "ballast"
    ids: list[str] = []
    lost = 0
    for _ in range(6):
        ballast.write_bytes(b"x" * max(free_bytes(small_disk) - rng.randrange(60_000), 0))
        for _ in range(rng.randrange(20, 150)):
            content = "x" * rng.randrange(10, 1_000)
            event_id = emitter.emit("step", {"kind": "act", "content": content})
            if event_id is None:
                lost += 1
            else:
                ids.append(event_id)
        ballast.write_bytes(b"")
    emitter.close()
    producer.close(0)
    events = journaled(small_disk)
    declared = [
        seq
        for event in events
        if event["event_type"] == "telemetry_loss"
        for each in event["data"]["ranges"]
        for seq in range(each["first_seq"], each["last_seq"] + 1)
    ]
    assert lost > 0, f"seed {seed}: the disk was never full"
    assert len(declared) == lost, f"seed {seed}"
    assert [event["event_id"] for event in events if event["event_type"] == "step"] == ids
    numbers = [event["seq"] for event in events] + declared
    assert sorted(numbers) == list(range(len(numbers))), f"seed {seed}"
    assert events[-1]["data"]["sealed_by"] == "close"

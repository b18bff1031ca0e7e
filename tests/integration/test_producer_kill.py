"""``kill -9`` of producers and of the server: what ``emit`` promised is in the stream, once."""

import random
import time
from pathlib import Path

import pytest
from tests.support.event_stream import make_stream, stored_messages
from tests.support.killing import EmittingProcess
from tests.support.nats import NatsServer
from tests.support.stream_account import EpochAccount, accounts

from benchwire.producer.drain import drain
from benchwire.schemas.identity import new_run_id


def ids_of(epochs: list[EpochAccount]) -> list[str]:
    return [event["event_id"] for epoch in epochs for event in epoch.events]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_killed_process_had_emitted_is_delivered_once_by_a_drain(
    nats_server: NatsServer, tmp_path: Path, seed: int
) -> None:
    make_stream(nats_server.url)
    rng = random.Random(seed)
    process = EmittingProcess.start(
        tmp_path, nats_server.url, new_run_id(), seed=seed, segment_bytes_max=100_000
    )
    promised = process.kill_within(0.6, rng)
    report = drain(data_dir=tmp_path / "data", nats_url=nats_server.url)
    assert report.complete
    assert report.sealed == 1
    (epoch,) = accounts(stored_messages(nats_server.url))
    epoch.check(sealed_by="recovery")
    assert set(promised) <= set(ids_of([epoch]))
    # At most one event was in the journal whose id could not be printed any more.
    assert len(epoch.events) - len(promised) - 1 in (0, 1)


def test_the_next_producer_delivers_what_a_killed_one_left(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    run_id = new_run_id()
    # Without a server nothing of the first one gets out before it dies.
    first = EmittingProcess.start(tmp_path, "", run_id, seed=1)
    first.wait_for_events(500)
    promised = first.kill_within(0.1, random.Random(1))
    second = EmittingProcess.start(tmp_path, nats_server.url, run_id, seed=2, events=50)
    promised += second.finish()
    epochs = sorted(accounts(stored_messages(nats_server.url)), key=lambda each: each.epoch)
    assert len(epochs) == 2
    epochs[0].check(sealed_by="recovery")
    epochs[1].check(sealed_by="close")
    assert set(promised) <= set(ids_of(epochs))


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    process = EmittingProcess.start(tmp_path, nats_server.url, new_run_id(), events=4_000)
    process.wait_for_events(500)
    for _ in range(2):
        nats_server.kill()
        time.sleep(0.1)
        nats_server.start()
        time.sleep(0.2)
    promised = process.finish()
    drain(data_dir=tmp_path / "data", nats_url=nats_server.url)
    (epoch,) = accounts(stored_messages(nats_server.url))
    epoch.check(sealed_by="close")
    assert set(ids_of([epoch])[:-1]) == set(promised)


def test_two_processes_and_a_restart_of_one_emitter_never_collide(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    run_id = new_run_id()
    both = [
        EmittingProcess.start(tmp_path, nats_server.url, run_id, seed=seed, events=500)
        for seed in (1, 2)
    ]
    promised = [event_id for process in both for event_id in process.finish()]
    restarted = EmittingProcess.start(tmp_path, nats_server.url, run_id, seed=3, events=500)
    promised += restarted.finish()
    epochs = accounts(stored_messages(nats_server.url))
    assert len(epochs) == 3
    for epoch in epochs:
        epoch.check(sealed_by="close")
    assert len(set(promised)) == 1_500
    assert set(promised) <= set(ids_of(epochs))


def test_two_drains_at_once_seal_an_epoch_once(nats_server: NatsServer, tmp_path: Path) -> None:
    import concurrent.futures  # noqa: PLC0415 - this test only

    make_stream(nats_server.url)
    process = EmittingProcess.start(tmp_path, "", new_run_id(), segment_bytes_max=50_000)
    process.wait_for_events(2_000)
    promised = process.kill_within(0.1, random.Random(5))
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        drains = [
            pool.submit(drain, data_dir=tmp_path / "data", nats_url=nats_server.url)
            for _ in range(3)
        ]
        reports = [each.result() for each in drains]
    assert sum(report.sealed for report in reports) == 1
    (epoch,) = accounts(stored_messages(nats_server.url))
    epoch.check(sealed_by="recovery")
    assert set(promised) <= set(ids_of([epoch]))

"""The server comes and goes, refuses, forgets: the trial never notices, and nothing is lost."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from tests.support.event_stream import (
    acknowledge_all,
    delete_stream,
    make_stream,
    stored_events,
    stored_messages,
)
from tests.support.journals import identity, segments
from tests.support.nats import NatsServer
from tests.support.stream_account import accounts

from benchwire.producer import Emitter, Producer, ProducerSettings
from benchwire.producer.drain import drain

EMIT_SECONDS_MAX = 0.5
"""Far below any network timeout, far above what a loaded machine needs for a few events."""


def emit(emitter: Emitter, events: int) -> None:
    began = time.monotonic()
    for number in range(events):
        assert emitter.emit("step", {"kind": "act", "step_no": number}) is not None
    assert time.monotonic() - began < EMIT_SECONDS_MAX


def check_all_there(url: str, events: int) -> None:
    (epoch,) = accounts(stored_messages(url))
    epoch.check(sealed_by="close")
    assert len(epoch.events) == events + 1


def producer_for(url: str, data_dir: Path, **settings: Any) -> Producer:
    return Producer(ProducerSettings(nats_url=url, data_dir=data_dir, **settings))


def test_a_server_that_is_away_at_the_start_is_found_later(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "nats")
    with producer_for(server.url, tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 50)
        assert not producer.flush(0.1)
        with server:
            make_stream(server.url)
            emit(emitter, 50)
            emitter.close()
            assert producer.flush(10)
            check_all_there(server.url, 100)


def test_a_server_that_goes_away_in_the_middle_is_found_again(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    with producer_for(nats_server.url, tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 50)
        assert producer.flush(10)
        nats_server.kill()
        emit(emitter, 50)
        time.sleep(0.1)
        nats_server.start()
        emit(emitter, 50)
        emitter.close()
        assert producer.flush(10)
    check_all_there(nats_server.url, 150)


def test_a_server_that_is_away_at_the_end_leaves_the_rest_to_a_drain(
    nats_server: NatsServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_stream(nats_server.url)
    producer = producer_for(nats_server.url, tmp_path)
    emitter = producer.open_emitter(identity(), "runner")
    emit(emitter, 50)
    producer.flush(10)
    nats_server.kill()
    emit(emitter, 50)
    began = time.monotonic()
    assert producer.close(0.5) == 51
    assert time.monotonic() - began < 2
    warning = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert warning["event"] == "events_left_in_journal"
    assert warning["hint"] == f"benchwire drain --data-dir {tmp_path}"
    nats_server.start()
    report = drain(data_dir=tmp_path, nats_url=nats_server.url)
    assert (report.segments, report.sealed, report.complete) == (1, 0, True)
    check_all_there(nats_server.url, 100)


def test_the_daemon_of_the_data_directory_is_found_when_it_comes(tmp_path: Path) -> None:
    with NatsServer(tmp_path / "nats") as server, Producer(data_dir=tmp_path) as producer:
        make_stream(server.url)
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 10)
        registration = {"pid": os.getpid(), "nats_url": server.url}
        (tmp_path / "daemon.json").write_text(json.dumps(registration), encoding="utf-8")
        emitter.close()
        assert producer.flush(10)
        check_all_there(server.url, 10)


def test_closing_without_any_server_in_sight_does_not_wait(tmp_path: Path) -> None:
    producer = Producer(data_dir=tmp_path)
    emit(producer.open_emitter(identity(), "runner"), 5)
    began = time.monotonic()
    assert producer.close() == 6
    assert time.monotonic() - began < 1


def test_a_missing_stream_leaves_events_waiting_until_the_consumer_makes_it(
    nats_server: NatsServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with producer_for(nats_server.url, tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 50)
        assert not producer.flush(0.5)
        assert "stream_missing" in capfd.readouterr().err
        make_stream(nats_server.url)
        emitter.close()
        assert producer.flush(15)
    check_all_there(nats_server.url, 50)


def test_a_full_stream_leaves_events_waiting_until_there_is_room(
    nats_server: NatsServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_stream(nats_server.url, bytes_max=20_000)
    with producer_for(nats_server.url, tmp_path, message_events_max=10) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 200)
        emitter.close()
        assert not producer.flush(1)
        assert "stream_full" in capfd.readouterr().err
        assert 0 < len(stored_events(nats_server.url)) < 200
        make_stream(nats_server.url)
        assert producer.flush(20)
    check_all_there(nats_server.url, 200)


def test_events_larger_than_the_servers_messages_are_cut_to_fit(tmp_path: Path) -> None:
    with NatsServer(tmp_path / "nats", max_payload=100_000) as server:
        make_stream(server.url)
        with producer_for(server.url, tmp_path) as producer:
            while not producer.connected:
                time.sleep(0.01)
            time.sleep(0.05)
            emitter = producer.open_emitter(identity(), "runner")
            extra = {str(number): "y" * 50_000 for number in range(10)}
            assert emitter.emit("step", {"kind": "act", "extra": extra}) is not None
            emitter.close()
            assert producer.flush(10)
        check_all_there(server.url, 1)


def test_an_event_no_server_takes_stays_in_the_journal_and_holds_up_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = NatsServer(tmp_path / "nats", max_payload=100_000)
    with producer_for(server.url, tmp_path, close_timeout_seconds=0.5) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 3)
        extra = {str(number): "y" * 50_000 for number in range(10)}
        emitter.emit("step", {"kind": "act", "extra": extra})
        emit(emitter, 3)
        emitter.close()
        with server:
            make_stream(server.url)
            assert producer.flush(10)
            there = [event["seq"] for event in stored_events(server.url)]
            assert there == [0, 1, 2, 4, 5, 6, 7]
            assert "message_too_large" in capfd.readouterr().err
    (segment,) = segments(tmp_path)
    assert not segment.with_suffix(".ack").exists()


def test_acknowledged_segments_are_kept_and_sent_again_when_the_stream_lost_them(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    with producer_for(nats_server.url, tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 50)
        emitter.close()
        producer.flush(10)
    before = stored_events(nats_server.url)
    assert len(before) == 51
    delete_stream(nats_server.url)
    make_stream(nats_server.url)
    drain(data_dir=tmp_path, nats_url=nats_server.url)
    assert stored_events(nats_server.url) == before


def test_what_a_stream_lost_of_an_open_segment_is_sent_again(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    with producer_for(nats_server.url, tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 50)
        assert producer.flush(10)
        delete_stream(nats_server.url)
        make_stream(nats_server.url)
        emit(emitter, 50)
        deadline = time.monotonic() + 10
        while len(stored_events(nats_server.url)) < 100 and time.monotonic() < deadline:
            time.sleep(0.05)
        emitter.close()
        assert producer.flush(10)
    check_all_there(nats_server.url, 100)


def test_messages_carry_the_trace_of_their_run(nats_server: NatsServer, tmp_path: Path) -> None:
    make_stream(nats_server.url)
    with producer_for(nats_server.url, tmp_path) as producer:
        run = identity(trace_id="a" * 32, span_id="b" * 16)
        emit(producer.open_emitter(run, "runner"), 1)
    message = stored_messages(nats_server.url)[0]
    assert message.headers["traceparent"] == f"00-{'a' * 32}-{'b' * 16}-01"


def test_durability_tells_how_far_a_run_is(nats_server: NatsServer, tmp_path: Path) -> None:
    make_stream(nats_server.url)
    with (
        producer_for(nats_server.url, tmp_path) as producer,
        producer.run(experiment_id="e", policy_id="p", task_id="t") as run,
    ):
        run.step(kind="act")
        deadline = time.monotonic() + 10
        while not run.durable().acknowledged and time.monotonic() < deadline:
            time.sleep(0.02)
        waiting = run.durable(0.2)
        assert waiting.journaled
        assert waiting.acknowledged
        assert not waiting.stored
        assert (waiting.events_journaled, waiting.events_acknowledged) == (2, 2)
        acknowledge_all(nats_server.url)
        assert run.durable(5).stored


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count


def test_thousands_of_segments_are_delivered_with_few_open_files(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    others = open_files()
    with Producer(data_dir=tmp_path) as producer:
        for _ in range(1_000):
            emitter = producer.open_emitter(identity(), "runner")
            emitter.emit("heartbeat", {})
            emitter.close()
        assert open_files() - others < 20
    with producer_for(nats_server.url, tmp_path) as producer:
        most = 0
        deadline = time.monotonic() + 30
        while len(list(tmp_path.glob("journal/*/*.ack"))) < 1_000:
            most = max(most, open_files() - others)
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert most < 100
    for epoch in accounts(stored_messages(nats_server.url)):
        epoch.check(sealed_by="close")


def test_a_silent_producer_uses_next_to_no_processor_time(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    with producer_for(nats_server.url, tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 5)
        producer.flush(10)
        time.sleep(0.3)
        before = time.process_time()
        time.sleep(1)
        assert time.process_time() - before < 0.05


def test_a_segment_closed_without_a_seal_is_sealed_by_recovery(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    with producer_for(nats_server.url, tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emit(emitter, 5)
        emitter.leave_for_recovery()
        assert producer.flush(10)
    drain(data_dir=tmp_path, nats_url=nats_server.url)
    (epoch,) = accounts(stored_messages(nats_server.url))
    epoch.check(sealed_by="recovery")


def test_a_closed_producer_has_noted_every_acknowledgement(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    producer = producer_for(nats_server.url, tmp_path)
    emitter = producer.open_emitter(identity(), "runner")
    emit(emitter, 5)
    emitter.close()
    assert producer.flush(10)
    assert producer.close(0) == 0
    assert all(segment.with_suffix(".ack").exists() for segment in segments(tmp_path))


def test_a_silent_run_is_kept_alive_by_heartbeats(nats_server: NatsServer, tmp_path: Path) -> None:
    make_stream(nats_server.url)
    with (
        producer_for(nats_server.url, tmp_path, heartbeat_seconds=0.5) as producer,
        producer.run(experiment_id="e", policy_id="p", task_id="t"),
    ):
        time.sleep(2.2)
    kinds = [event["event_type"] for event in stored_events(nats_server.url)]
    assert kinds[0] == "run_start"
    assert kinds[-2:] == ["run_stop", "emitter_stop"]
    assert 1 <= kinds.count("heartbeat") <= 4

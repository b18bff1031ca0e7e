"""The life of engines: started, found, shared, killed, replaced."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import (
    alive,
    benchwire,
    daemon,
    end_whatever_runs,
    eventually,
    json_of,
    registration,
    simple_line,
    start,
    status,
)
from tests.support.prepared_store import prepare


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    path = prepare(tmp_path / "data")
    yield path
    end_whatever_runs(path)


def test_a_daemon_is_started_described_used_and_stopped(data_dir: Path) -> None:
    started = json_of(data_dir, "up", "--detach")
    report = json_of(data_dir, "status")
    assert report["running"]
    assert (report["pid"], report["role"]) == (started["pid"], "daemon")
    assert report["stored"] == {"events": 0, "runs": 0, "dead_letters_open": 0}
    assert report["engines"]["nats"]["ready"]
    assert benchwire(data_dir, "sql", "SELECT 1 AS one").stdout == b"one\n1\n"
    assert json_of(data_dir, "down")["was_running"]
    assert not alive(started["pid"])
    assert not alive(report["engines"]["nats"]["pid"])
    assert not (data_dir / "daemon.json").exists()
    assert not json_of(data_dir, "status", code=1)["running"]
    assert not json_of(data_dir, "down")["was_running"]


def test_a_second_daemon_gets_a_clear_answer(data_dir: Path) -> None:
    with daemon(data_dir) as found:
        for words in (("up",), ("up", "--detach")):
            refused = benchwire(data_dir, *words, code=1)
            assert f"already runs for {data_dir} (pid {found['pid']}".encode() in refused.stderr
            assert b"hint: " in refused.stderr
        assert registration(data_dir) == found


def test_of_two_daemons_started_at_once_one_runs_and_the_other_says_so(data_dir: Path) -> None:
    racers = [start(data_dir, "up", "--detach", "--json") for _ in range(2)]
    said = [racer.communicate(timeout=60) for racer in racers]
    assert sorted(racer.returncode for racer in racers) == [0, 1]
    ((won, _), (_, refused)) = sorted(said, key=lambda each: not each[0])
    pid = json.loads(won)["pid"]
    assert f"error: a daemon already runs for {data_dir} (pid {pid}".encode() in refused
    assert benchwire(data_dir, "down").returncode == 0


@pytest.mark.parametrize("variable", ["BENCHWIRE_NATS_PORT", "BENCHWIRE_SQL_PORT"])
def test_a_port_that_is_taken_is_named_with_its_variable(data_dir: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        started = start(data_dir, "up", "--detach", **{variable: str(port)})
        _, refused = started.communicate(timeout=60)
    assert started.returncode == 1
    why, hint = refused.decode().splitlines()
    assert f"cannot listen on 127.0.0.1:{port}: " in why
    assert "event" not in why
    assert variable in hint


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    for words in (("status",), ("up", "--detach"), ("sql", "SELECT 1")):
        refused = benchwire(place, *words, code=1).stderr.decode()
        assert str(place) in refused
        assert "fault of ours" not in refused


def test_a_restart_keeps_the_ports(data_dir: Path) -> None:
    with daemon(data_dir) as first:
        pass
    with daemon(data_dir) as second:
        assert (second["nats_url"], second["sql_url"]) == (first["nats_url"], first["sql_url"])
        assert second["token"] != first["token"]


def test_sigterm_ends_a_foreground_daemon_cleanly(data_dir: Path) -> None:
    process = start(data_dir, "up")
    assert process.stdout is not None
    assert b"pid" in process.stdout.readline()
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    events = [json.loads(line)["event"] for line in errors.splitlines()]
    assert events.index("engines_started") < events.index("engines_stopping")
    assert events[-1] == "engines_stopped"


def test_two_commands_at_once_without_a_daemon_share_the_engines(data_dir: Path) -> None:
    processes = [start(data_dir, "sql", "SELECT 7 AS n, sleep(0.5)") for _ in range(3)]
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert out == b"n\tsleep(0.5)\n7\t0\n"
    assert not (data_dir / "daemon.json").exists()


def test_after_a_killed_daemon_commands_work_and_nothing_of_it_is_left(data_dir: Path) -> None:
    with daemon(data_dir) as found:
        benchwire(data_dir, "emit", stdin=simple_line())
        nats_pid = status(data_dir)["engines"]["nats"]["pid"]
        os.kill(found["pid"], signal.SIGKILL)
        assert eventually(lambda: not alive(nats_pid))
        assert (data_dir / "daemon.json").exists()
        rows = benchwire(data_dir, "sql", "SELECT count() FROM events", "--format", "TSV").stdout
        assert rows == b"2\n"


def test_a_killed_nats_server_comes_back_on_its_port(data_dir: Path) -> None:
    with daemon(data_dir) as found:
        before = status(data_dir)["engines"]["nats"]
        os.kill(before["pid"], signal.SIGKILL)

        def is_back() -> bool:
            nats = status(data_dir)["engines"]["nats"]
            return bool(nats["ready"]) and nats["pid"] != before["pid"]

        assert eventually(is_back)
        assert registration(data_dir)["nats_url"] == found["nats_url"]
        emitted = json_of(data_dir, "emit", stdin=simple_line())
        assert (emitted["acknowledged"], emitted["stored"]) == (True, True)
        assert status(data_dir)["engines"]["nats"]["restarts"] == 1


def test_an_attached_command_outlives_an_owner_that_is_killed(data_dir: Path) -> None:
    owner = start(data_dir, "sql", "SELECT count() FROM numbers(100000000000) WHERE rand64() = 1")
    assert eventually((data_dir / "daemon.json").exists, seconds=30)
    attached = start(data_dir, "sql", "SELECT 5, sleep(2)", "--format", "TSV")
    assert eventually(lambda: status(data_dir)["running_queries"] == 2)
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    out, errors = attached.communicate(timeout=60)
    assert attached.returncode == 0, errors
    assert out == b"5\t0\n"
    assert b"went away" in errors


def test_an_owner_keeps_the_engines_while_others_use_them(data_dir: Path) -> None:
    owner = start(data_dir, "sql", "SELECT 1, sleep(1)", "--format", "TSV")
    assert eventually((data_dir / "daemon.json").exists, seconds=30)
    attached = start(
        data_dir, "sql", "SELECT sum(sleepEachRow(1)) FROM numbers(3)", "--format", "TSV"
    )
    out, errors = attached.communicate(timeout=60)
    assert (attached.returncode, out) == (0, b"0\n"), errors
    out, errors = owner.communicate(timeout=60)
    assert (owner.returncode, out) == (0, b"1\t0\n"), errors


def test_ctrl_c_ends_a_long_query_at_once_and_quietly(data_dir: Path) -> None:
    with daemon(data_dir):
        sql = "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1"
        process = start(data_dir, "sql", sql)
        assert eventually(lambda: status(data_dir)["running_queries"] == 1)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, errors = process.communicate(timeout=30)
        assert (process.returncode, out, errors) == (130, b"", b"")
        assert time.monotonic() - began < 5
        assert eventually(lambda: status(data_dir)["running_queries"] == 0)


def test_a_daemon_stops_although_a_query_runs(data_dir: Path) -> None:
    with daemon(data_dir):
        sql = "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1"
        process = start(data_dir, "sql", sql, BENCHWIRE_START_TIMEOUT_SECONDS="20")
        assert eventually(lambda: status(data_dir)["running_queries"] == 1)
        assert json_of(data_dir, "down")["was_running"]
        process.kill()
        process.communicate(timeout=30)

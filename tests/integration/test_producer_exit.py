"""A program that ends without closing anything: delivered for a bounded time, then recovered."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.event_stream import make_stream, stored_messages
from tests.support.killing import REPOSITORY
from tests.support.nats import NatsServer
from tests.support.stream_account import accounts

from benchwire.producer.drain import drain


def end(directory: Path, nats_url: str, how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.support.exiting_program", str(directory), nats_url, how],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("how", ["return", "raise", "sys_exit", "thread"])
def test_an_exit_without_close_delivers_and_shows_the_run_as_interrupted(
    nats_server: NatsServer, tmp_path: Path, how: str
) -> None:
    make_stream(nats_server.url)
    done = end(tmp_path, nats_server.url, how)
    assert (done.returncode == 0) == (how != "raise")
    (epoch,) = accounts(stored_messages(nats_server.url))
    epoch.check(sealed_by="recovery")
    steps = 2 if how == "thread" else 1
    assert [event["event_type"] for event in epoch.events] == [
        "run_start",
        *["step"] * steps,
        "emitter_stop",
    ]
    assert drain(data_dir=tmp_path, nats_url=nats_server.url).segments == 0


def test_an_exit_at_once_loses_nothing_either(nats_server: NatsServer, tmp_path: Path) -> None:
    make_stream(nats_server.url)
    end(tmp_path, nats_server.url, "_exit")
    assert drain(data_dir=tmp_path, nats_url=nats_server.url).sealed == 1
    (epoch,) = accounts(stored_messages(nats_server.url))
    epoch.check(sealed_by="recovery")
    assert len(epoch.events) == 3


def test_an_exit_with_the_server_away_takes_a_bounded_time(tmp_path: Path) -> None:
    began = time.monotonic()
    done = end(tmp_path, "nats://127.0.0.1:1", "return")
    assert done.returncode == 0
    assert time.monotonic() - began < 10
    assert "events_left_in_journal" in done.stderr

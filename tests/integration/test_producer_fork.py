"""Forked children emit for themselves: own epochs, own segments, no inherited lock or socket."""

import subprocess
import sys
from pathlib import Path

from tests.support.event_stream import make_stream, stored_messages
from tests.support.killing import REPOSITORY
from tests.support.nats import NatsServer
from tests.support.stream_account import accounts

from benchwire.producer.drain import drain
from benchwire.schemas.identity import new_run_id

CHILDREN = 6


def fork_and_emit(directory: Path, nats_url: str, *, children: int = CHILDREN) -> set[str]:
    """Let a program fork, and return the ids it and its children were given."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore::DeprecationWarning",
            "-m",
            "tests.support.forking_program",
            str(directory / "data"),
            nats_url,
            new_run_id(),
            str(children),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return set(done.stdout.split())


def test_children_of_a_publishing_parent_collide_with_nothing(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    promised = fork_and_emit(tmp_path, nats_server.url)
    assert "None" not in promised
    drain(data_dir=tmp_path / "data", nats_url=nats_server.url)
    epochs = accounts(stored_messages(nats_server.url))
    assert len(epochs) == CHILDREN + 1
    for epoch in epochs:
        epoch.check()
    assert promised <= {event["event_id"] for epoch in epochs for event in epoch.events}


def test_the_parent_delivers_what_children_left_before_it_ends(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    promised = fork_and_emit(tmp_path, nats_server.url)
    epochs = accounts(stored_messages(nats_server.url))
    assert promised <= {event["event_id"] for epoch in epochs for event in epoch.events}


def test_children_of_a_parent_without_a_server_leave_their_events_to_a_drain(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    make_stream(nats_server.url)
    promised = fork_and_emit(tmp_path, "")
    report = drain(data_dir=tmp_path / "data", nats_url=nats_server.url)
    assert report.complete
    epochs = accounts(stored_messages(nats_server.url))
    assert len(epochs) == CHILDREN + 1
    assert promised <= {event["event_id"] for epoch in epochs for event in epoch.events}

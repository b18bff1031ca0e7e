"""`benchwire watch` on a real stream: once, live, through a restart, and how it leaves."""

import asyncio
import json
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.command_line import arguments, benchwire, environment
from tests.support.filled_stream import fill
from tests.support.nats import NatsServer
from tests.support.pseudo_terminal import PseudoTerminal
from tests.support.wire_events import WireMessage, run_messages

from benchwire.cli.watching import feed as feeds
from benchwire.cli.watching.once import caught_up
from benchwire.cli.watching.source import Source
from benchwire.consumer.settings import ConsumerSettings


def steps(run_no: int, n_events: int = 6) -> Sequence[WireMessage]:
    return list(run_messages(n_events=n_events, per_message=2, run_no=run_no))


def publish(server: NatsServer, messages: Sequence[WireMessage]) -> None:
    asyncio.run(fill(ConsumerSettings(nats_url=server.url), messages))


def terminal(server: NatsServer, tmp_path: Path, *words: str) -> PseudoTerminal:
    env = environment(tmp_path / "data", BENCHWIRE_NATS_URL=server.url)
    return PseudoTerminal(arguments("watch", *words), env)


def test_a_screen_lives_through_a_restart_and_leaves_the_terminal_as_it_was(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    publish(nats_server, steps(0))
    with terminal(nats_server, tmp_path) as screen:
        assert screen.shows("policy-0/task-0/~")
        assert b"\x1b[3" not in screen.written.replace(b"\x1b[?", b""), "NO_COLOR is set"
        publish(nats_server, steps(1))
        assert screen.shows("policy-1/task-1/~")
        nats_server.kill()
        assert screen.shows("reconnecting")
        nats_server.start()
        publish(nats_server, steps(2))
        assert screen.shows("policy-2/task-2/~"), "what came meanwhile is not missed"
        screen.types("/task-1\r\r")
        assert screen.shows("step      act"), "the timeline of the run that is left"
        screen.types("\x1b")
        assert screen.shows("filter: task-1")
        screen.types("q")
        assert screen.ends() == 0
        assert screen.is_given_back


def test_a_screen_that_is_terminated_leaves_the_terminal_as_it_was(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    with terminal(nats_server, tmp_path) as screen:
        assert screen.shows("nothing has run yet")
        screen.process.send_signal(signal.SIGTERM)
        assert screen.ends() == 143
        assert screen.is_given_back


def test_once_is_one_frame_as_text_and_as_a_document(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    publish(nats_server, [*steps(0), *steps(1)])
    url = nats_server.url
    text = benchwire(tmp_path, "watch", "exp-a", BENCHWIRE_NATS_URL=url).stdout.decode()
    assert "2 running · 0 of 2 trials done" in text
    assert "\x1b" not in text
    words = ("--once", "--json", "--nats-url", url)
    document = json.loads(benchwire(tmp_path, "watch", *words).stdout)
    assert [run["steps"] for run in document["runs"]] == [6, 6]
    assert document["stream"]["n_messages"] == 6


def test_a_document_is_asked_for_once(tmp_path: Path) -> None:
    done = benchwire(tmp_path, "watch", "--json", code=2)
    assert b"--json goes with --once" in done.stderr


async def test_without_a_store_it_says_what_is_left_out(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(ConsumerSettings(nats_url=nats_server.url), [*steps(0), *steps(1)])
    monkeypatch.setattr(feeds, "REPLAY_BYTES_MAX", 1)
    monkeypatch.setattr(feeds, "REPLAY_ALONE_BYTES_MAX", 2_000)
    feed = feeds.Feed(Source(lambda: [nats_server.url], None, None), None)
    picture = await caught_up(feed)
    assert feed.missing == "5 earlier messages are left out, no store is named"
    assert [run.n_events for run in picture.runs] == [2]

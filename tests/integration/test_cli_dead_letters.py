"""`benchwire tail` and `dead-letters`, used as their help says, against a daemon."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import benchwire, daemon, json_of, simple_line, start
from tests.support.jetstream import connected

from benchwire.cli.watching import feed as feeds
from benchwire.cli.watching.once import caught_up
from benchwire.cli.watching.source import open_source
from benchwire.embedded.client import EndpointClient
from benchwire.embedded.registration import read_registration

KEYS = ["BENCH_EVENTS:1:1", "BENCH_EVENTS:2:1"]
RUN = {"run_id": "0192a000-0000-7000-8000-0000deadbeef"}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("letters") / "data"


@pytest.fixture(scope="module", autouse=True)
def running(data_dir: Path) -> Iterator[dict[str, Any]]:
    async def garbage(url: str) -> None:
        async with connected(url) as connection:
            for payload in (b"\xff\x00binary\x1b[2J", b'{"half": '):
                await connection.publish("bench.events.exp.pol.task.run", payload)
            await connection.flush()

    with daemon(data_dir) as found:
        asyncio.run(garbage(found["nats_url"]))
        benchwire(data_dir, "emit", stdin=simple_line("one", **RUN) + simple_line("two", **RUN))
        yield found


def test_letters_are_listed_shown_and_put_away(data_dir: Path) -> None:
    listed = json_of(data_dir, "dead-letters", "list", "--experiment", "exp")
    assert listed["counts"] == {"not_json": 2}
    assert [letter["key"] for letter in listed["dead_letters"]] == KEYS
    assert json_of(data_dir, "dead-letters", "list", "--experiment", "ex")["counts"] == {}

    shown = benchwire(data_dir, "dead-letters", "show", KEYS[0])
    assert b"ff 00 62 69" in shown.stdout
    assert b"\x1b" not in shown.stdout
    assert benchwire(data_dir, "dead-letters", "show", KEYS[1], "--raw").stdout == b'{"half": '

    tried = json_of(data_dir, "dead-letters", "replay", "--all", code=1)
    assert tried["counts"] == {"kept": 2}
    reason = ("--reason", "not_json", "--because", "noise")
    assert json_of(data_dir, "dead-letters", "discard", *reason)["counts"] == {"discarded": 2}
    one = json_of(data_dir, "dead-letters", "show", KEYS[0])
    assert (one["state"], one["state_detail"]) == ("discarded", "noise")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "12"), 1),
        (("replay", KEYS[0], "--all"), 2),
        (("replay", "--all", "--corrected", "x", "--because", "y"), 2),
        (("discard", "--all"), 2),
        (("list", "--reason", "no_json"), 2),
        (("discard", "--reason", "no_json", "--because", "a typo"), 2),
    ],
)
def test_wrong_usage_is_told(data_dir: Path, words: tuple[str, ...], code: int) -> None:
    assert benchwire(data_dir, "dead-letters", *words, code=code).stderr


def test_servers_by_url_are_asked_with_a_readers_rights(
    data_dir: Path, tmp_path: Path, running: dict[str, Any]
) -> None:
    """The daemon's endpoint stands in for a ClickHouse whose user may only read."""
    host = running["sql_url"].removeprefix("http://")
    servers = {
        "BENCHWIRE_NATS_URL": running["nats_url"],
        "BENCHWIRE_CLICKHOUSE_URL": f"http://default:{running['token']}@{host}/benchwire",
    }
    elsewhere = tmp_path / "elsewhere"
    words = ("dead-letters", "list", "--state", "all", "--json")
    asked = benchwire(elsewhere, *words, stdin=b"", code=0, **servers).stdout
    assert asked == benchwire(data_dir, *words).stdout
    twice = ("dead-letters", "discard", KEYS[0], "--because", "again", "--json")
    settled = json.loads(benchwire(elsewhere, *twice, stdin=b"", code=0, **servers).stdout)
    assert settled["counts"] in ({"discarded": 1}, {"already": 1})
    assert not elsewhere.exists()


def test_tail_prints_the_wire_and_stops_when_told(data_dir: Path) -> None:
    done = benchwire(data_dir, "tail", "--from-start", "--type", "step", "--limit", "2", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["data"]["content"] for event in events] == ["one", "two"]
    assert done.stderr == b""

    people = benchwire(data_dir, "tail", "--last", "9", "--no-follow").stdout.decode()
    assert "act one" in people
    assert "dead_letter BENCH_EVENTS:1:1 not_json" in people


def test_tail_follows_until_interrupted(data_dir: Path) -> None:
    follower = start(data_dir, "tail", "--json", "--last", "1")
    assert follower.stdout is not None
    assert json.loads(follower.stdout.readline())["event_type"] == "emitter_stop"
    benchwire(data_dir, "emit", "--journal-only", stdin=simple_line("three"))
    benchwire(data_dir, "drain")
    assert json.loads(follower.stdout.readline())["data"]["content"] == "three"
    follower.send_signal(signal.SIGINT)
    _, complaints = follower.communicate(timeout=20)
    assert (follower.returncode, complaints) == (130, b"")


def test_tail_ends_when_its_reader_leaves(data_dir: Path) -> None:
    follower = start(data_dir, "tail", "--from-start", "--no-follow")
    assert follower.stdout is not None
    assert follower.stdout.readline()
    follower.stdout.close()
    assert follower.wait(20) == 0


async def test_a_late_watcher_asks_the_daemon_for_what_is_stored(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read_registration(data_dir / "daemon.json")
    assert found is not None
    assert EndpointClient(found).wait_stored(20.0)
    monkeypatch.setenv("BENCHWIRE_DATA_DIR", str(data_dir))
    monkeypatch.setattr(feeds, "REPLAY_BYTES_MAX", 1)
    with open_source(None, None) as source:
        feed = feeds.Feed(source, "exp")
        picture = await caught_up(feed)
    assert feed.missing == ""
    assert feed.n_refused == 0, "the letters lie before what was read of the stream"
    assert [line.policy_id for line in picture.policies] == ["pol"]
    run = feed.state.run(RUN["run_id"])
    assert run is not None
    assert run.account.steps == 2

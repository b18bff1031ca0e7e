"""The shipped configuration of nats-server: each role can do its work, and no more."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
import os
import runpy
import subprocess
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import nats
import pytest
from tests.support.fake_sink import FakeSink
from tests.support.jetstream import connected, jetstream
from tests.support.journals import identity
from tests.support.nats import NatsServer, free_port, server_binary
from tests.support.running_consumer import running, until

from benchwire.consumer.checks.nats_server import CONSUMER, PRODUCER, usable
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import CONTROL_STREAM, DURABLE, EVENTS_STREAM, ensure
from benchwire.consumer.tailing import Filter, History, Tail
from benchwire.producer import Producer, ProducerSettings

ROOT = Path(__file__).resolve().parents[2]
NEW_ENV: dict[str, Any] = runpy.run_path(str(ROOT / "deploy/new_env.py"))
N_EVENTS = 20


class ShippedServer(NatsServer):
    """nats-server with the file of the deployment; only addresses and directory are ours."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        names = [name for name in NEW_ENV["NAMES"] if name.startswith("NATS_")]
        self.passwords: dict[str, str] = {name: NEW_ENV["new_password"]() for name in names}

    def command(self) -> list[str]:
        shipped = ["-c", str(ROOT / "deploy/nats/nats-server.conf")]
        place = ["-a", "127.0.0.1", "-p", str(self.port), "-m", str(free_port())]
        return [server_binary(), *shipped, *place, "-sd", str(self.directory / "jetstream")]

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.passwords}

    def url_of(self, role: str) -> str:
        password = self.passwords[f"NATS_{role.upper()}_PASSWORD"]
        return f"nats://benchwire_{role}:{password}@127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShippedServer]:
    with ShippedServer(tmp_path_factory.mktemp("nats")) as made:
        yield made


def verdicts(url: str) -> dict[str, str]:
    return {finding.check: finding.status for finding in usable(url, None, consumes=True)}


def test_doctor_finds_that_each_role_has_its_rights_and_not_the_other(
    server: ShippedServer,
) -> None:
    producer = verdicts(server.url_of("producer"))
    assert (producer[PRODUCER], producer[CONSUMER]) == ("ok", "fail")
    consumer = verdicts(server.url_of("consumer"))
    assert (consumer[PRODUCER], consumer[CONSUMER]) == ("fail", "ok")
    operator = verdicts(server.url_of("operator"))
    assert (operator[PRODUCER], operator[CONSUMER]) == ("ok", "ok")
    watcher = verdicts(server.url_of("watcher"))
    assert (watcher[PRODUCER], watcher[CONSUMER]) == ("fail", "fail")


def test_nobody_gets_in_without_a_password(server: ShippedServer) -> None:
    assert set(verdicts(server.url).values()) == {"fail"}


async def test_events_go_all_the_way_and_are_watched(
    server: ShippedServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sink = FakeSink()
    settings = ConsumerSettings(nats_url=server.url_of("consumer"))
    async with running(settings, sink):
        await asyncio.to_thread(produce, server.url_of("producer"), tmp_path)
        await until(lambda: len(sink.rows.get("events", ())) > N_EVENTS)
        lines = Tail(lambda: [server.url_of("watcher")], Filter(), announce=print)
        async with aclosing(lines.groups(History(newest=1_000), follow=False)) as groups:
            seen = [line async for group in groups for line in group]
    assert len(seen) == len(sink.rows["events"]) == N_EVENTS + 1
    said = "".join(capfd.readouterr())
    assert [name for name, secret in server.passwords.items() if secret in said] == []


def produce(url: str, data_dir: Path) -> None:
    with Producer(ProducerSettings(nats_url=url, data_dir=data_dir)) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        for step_no in range(N_EVENTS):
            emitter.emit("step", {"kind": "act", "step_no": step_no})
        emitter.close()
        assert producer.flush(30)


@pytest.mark.parametrize(
    "subject",
    [
        "bench.events.forged",
        "bench.control.exp",
        f"$JS.API.STREAM.DELETE.{EVENTS_STREAM}",
        f"$JS.API.STREAM.PURGE.{EVENTS_STREAM}",
        f"$JS.API.CONSUMER.DELETE.{EVENTS_STREAM}.{DURABLE}",
        f"$JS.API.CONSUMER.CREATE.{EVENTS_STREAM}.{DURABLE}",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{EVENTS_STREAM}.{DURABLE}",
        f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS_STREAM}.{DURABLE}",
        f"$JS.ACK.{EVENTS_STREAM}.{DURABLE}.1.1.1.1.1",
    ],
)
async def test_a_watcher_changes_nothing(server: ShippedServer, subject: str) -> None:
    assert await refused(server.url_of("watcher"), subject)


@pytest.mark.parametrize(
    "subject",
    [
        "bench.control.exp",
        f"$JS.API.STREAM.DELETE.{EVENTS_STREAM}",
        f"$JS.API.STREAM.MSG.GET.{CONTROL_STREAM}",
        f"$JS.API.CONSUMER.CREATE.{EVENTS_STREAM}",
    ],
)
async def test_a_producer_neither_reads_nor_stops_others(
    server: ShippedServer, subject: str
) -> None:
    assert await refused(server.url_of("producer"), subject)


async def test_an_operator_leaves_a_command_that_a_producer_finds(server: ShippedServer) -> None:
    async with jetstream(server.url_of("operator")) as js:
        await ensure(js, ConsumerSettings(nats_url=server.url_of("operator")))
        await js.publish("bench.control.exp", b"{}")
    async with connected(server.url_of("producer")) as client:
        reply = await client.request(f"$JS.API.DIRECT.GET.{CONTROL_STREAM}.bench.control.exp")
    assert reply.data == b"{}"


async def refused(url: str, subject: str) -> bool:
    """Say whether the server reports a violation for a message on the subject."""
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def note(error: Exception) -> None:
        told.set_result(str(error).lower())

    client = await nats.connect(url, error_cb=note)
    try:
        await client.publish(subject, b"{}")
        async with asyncio.timeout(5):
            return "permissions violation for publish" in await told
    finally:
        await client.close()


def test_the_server_says_that_it_reads_the_file() -> None:
    passwords = {name: NEW_ENV["new_password"]() for name in NEW_ENV["NAMES"]}
    done = subprocess.run(
        [server_binary(), "-c", str(ROOT / "deploy/nats/nats-server.conf"), "-t"],
        env={**os.environ, **passwords},
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr.decode()

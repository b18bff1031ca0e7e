"""What doctor finds at a NATS server: logins, rights, the stream, lag, clocks; no trace is left."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.js.errors import APIError
from tests.support.jetstream import api, jetstream
from tests.support.nats import NatsServer
from tests.support.wire_events import run_messages

from benchwire.consumer import streams
from benchwire.consumer.checks import nats_server, pipeline
from benchwire.consumer.settings import MIB, ConsumerSettings
from benchwire.schemas.finding import Finding

USERS = """\
authorization { users: [
  { user: operator, password: s3cret-operator }
  { user: producer, password: s3cret-producer, permissions: {
      publish: ["bench.events.>", "$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*"]
      subscribe: ["_INBOX.>"] } }
  { user: reader, password: s3cret-reader, permissions: {
      publish: ["$JS.API.STREAM.INFO.*"], subscribe: ["_INBOX.>"] } }
] }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("nats"), more=USERS) as made:
        yield made


def url(server: NatsServer, user: str, password: str = "") -> str:
    return f"nats://{user}:{password or 's3cret-' + user}@127.0.0.1:{server.port}"


def statuses(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.status for finding in findings}


def test_an_operator_may_do_everything_and_nothing_is_left_of_the_trial(
    server: NatsServer,
) -> None:
    operator = url(server, "operator")
    found = nats_server.usable(operator, None, consumes=True)
    assert set(statuses(found).values()) == {"ok"}
    assert asyncio.run(api(operator, "INFO"))["streams"] == 0


def test_a_producer_lacks_what_a_consumer_needs(server: NatsServer) -> None:
    found = statuses(nats_server.usable(url(server, "producer"), None, consumes=True))
    assert (found[nats_server.PRODUCER], found[nats_server.CONSUMER]) == ("ok", "fail")
    alone = statuses(nats_server.usable(url(server, "producer"), None, consumes=False))
    assert nats_server.CONSUMER not in alone


def test_missing_rights_are_named(server: NatsServer) -> None:
    found = nats_server.usable(url(server, "reader"), None, consumes=False)
    (rights,) = (each for each in found if each.check == nats_server.PRODUCER)
    assert "bench.events" in rights.found
    assert "STREAM.INFO" not in rights.found


@pytest.mark.parametrize("user", ["operator", "nobody"])
def test_wrong_credentials_are_told_from_a_server_that_is_away(
    server: NatsServer, user: str
) -> None:
    (found,) = nats_server.usable(url(server, user, "s3cret-wrong"), None, consumes=True)
    assert (found.status, "refuses our credentials" in found.found) == ("fail", True)
    assert "s3cret" not in str(found)


def test_one_address_that_answers_is_enough(server: NatsServer) -> None:
    good, away, unknown = url(server, "operator"), "nats://127.0.0.1:1", "nats://nobody.invalid:1"
    assert [each.status for each in nats_server.reachable(f"{good},{away}")] == ["ok", "warn"]
    refused, unresolved = nats_server.reachable(f"{away}, {unknown}")
    assert ("refuses connections" in refused.found, refused.status) == (True, "fail")
    assert ("is not known here" in unresolved.found, unresolved.status) == (True, "fail")


def test_a_server_without_jetstream_is_no_use(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    config = tmp_path / "nats.conf"
    config.write_text(config.read_text().splitlines()[0])
    with server:
        found = statuses(nats_server.usable(server.url, None, consumes=True))
    assert found[nats_server.JETSTREAM] == "fail"


def settings_of(server: NatsServer, stream_max_bytes: int) -> ConsumerSettings:
    return ConsumerSettings(
        nats_url=url(server, "operator"),
        stream_keep_bytes=MIB,
        stream_max_bytes=stream_max_bytes,
    )


def examined(settings: ConsumerSettings, ahead_seconds: float = 0.0) -> dict[str, str]:
    seen = pipeline.look(settings, now=lambda: time.time() - ahead_seconds)
    return statuses(
        [
            *pipeline.stream(seen, settings),
            *pipeline.consumer(seen, settings),
            pipeline.clock(seen.ahead_seconds, "JetStream"),
        ]
    )


async def fill(settings: ConsumerSettings, n_events: int) -> None:
    """Publish so many events, or until the stream is full."""
    async with jetstream(settings.nats_url) as js:
        await streams.ensure(js, settings)
        for message in run_messages(n_events=n_events, per_message=20):
            try:
                await js.publish(message.subject, message.payload)
            except APIError:
                return


def test_the_stream_fills_lags_differs_and_clocks_drift(server: NatsServer) -> None:
    settings = settings_of(server, 64 * MIB)
    assert examined(settings)[pipeline.STREAM] == "warn"
    asyncio.run(fill(settings, 3))
    found = examined(settings)
    assert (found[pipeline.STREAM], found[pipeline.FILL]) == ("ok", "ok")
    # Nobody has acknowledged anything.
    assert found[pipeline.LAG] == "fail"
    assert found[pipeline.CLOCK] == "ok"
    assert examined(settings, ahead_seconds=30)[pipeline.CLOCK] == "warn"
    assert examined(settings, ahead_seconds=-900)[pipeline.CLOCK] == "fail"
    assert examined(settings_of(server, 65 * MIB))[pipeline.STREAM] == "warn"
    asyncio.run(api(settings.nats_url, "STREAM.DELETE.BENCH_EVENTS"))
    small = settings_of(server, MIB)
    asyncio.run(fill(small, 9_000))
    assert examined(small)[pipeline.FILL] == "fail"

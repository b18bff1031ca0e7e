"""Who follows the stream sees every message once and in order, whatever happens to the server."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs
from tests.support.filled_stream import fill
from tests.support.jetstream import jetstream
from tests.support.nats import NatsServer
from tests.support.wire_events import WireMessage, run_messages

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.tailing import Filter, History, Seen, Tail

SECONDS = 20


@pytest.fixture
def settings(nats_server: NatsServer) -> ConsumerSettings:
    return ConsumerSettings(nats_url=nats_server.url)


@pytest.fixture
def said() -> list[str]:
    return []


def tail(settings: ConsumerSettings, said: list[str], wanted: Filter | None = None) -> Tail:
    return Tail(lambda: [settings.nats_url], wanted or Filter(), announce=said.append)


async def seqs(groups: AsyncGenerator[list[Seen]], count: int) -> list[int]:
    """Take so many lines and give their events' numbers; -1 for a line that is none."""
    taken: list[int] = []
    async with asyncio.timeout(SECONDS):
        while len(taken) < count:
            group = await anext(groups)
            taken += [-1 if seen.event is None else seen.event["seq"] for seen in group]
    assert len(taken) == count
    return taken


async def past(lines: Tail, history: History) -> list[Seen]:
    async with asyncio.timeout(SECONDS), aclosing(lines.groups(history, follow=False)) as groups:
        return [seen async for group in groups for seen in group]


def messages(n_events: int, per_message: int = 1, run_no: int = 0) -> Sequence[WireMessage]:
    return list(run_messages(n_events=n_events, per_message=per_message, run_no=run_no))


@contextlib.asynccontextmanager
async def following(lines: Tail) -> AsyncGenerator[AsyncGenerator[list[Seen]]]:
    async with aclosing(lines.groups(History(), follow=True)) as groups:
        yield groups


async def test_a_restarted_server_is_followed_on_without_gap_or_double(
    settings: ConsumerSettings, nats_server: NatsServer, said: list[str]
) -> None:
    all_messages = messages(30)
    await fill(settings, all_messages[:5])
    async with following(tail(settings, said)) as groups:
        first = asyncio.create_task(seqs(groups, 5))
        await _follows(settings)
        await fill(settings, all_messages[5:10])
        assert await first == list(range(5, 10))
        for start in (10, 20):
            nats_server.kill()
            nats_server.start()
            # Published before the follower is back: it must ask for them, not wait for new ones.
            await fill(settings, all_messages[start : start + 10])
            assert await seqs(groups, 10) == list(range(start, start + 10))


async def _follows(settings: ConsumerSettings) -> None:
    """Wait until somebody reads through an ephemeral consumer."""
    async with asyncio.timeout(SECONDS), jetstream(settings.nats_url) as js:
        while all(info.config.durable_name for info in await js.consumers_info("BENCH_EVENTS")):  # noqa: ASYNC110 - the server signals nothing
            await asyncio.sleep(0.01)


async def test_a_stream_that_comes_to_exist_is_followed_from_its_first_message(
    settings: ConsumerSettings, said: list[str]
) -> None:
    async with following(tail(settings, said)) as groups:
        first = asyncio.create_task(seqs(groups, 3))
        async with asyncio.timeout(SECONDS):
            while not said:  # noqa: ASYNC110 - the list signals nothing
                await asyncio.sleep(0.01)
        await fill(settings, messages(3, per_message=3))
        assert await first == [0, 1, 2]
    assert said == ["there is no stream BENCH_EVENTS yet; waiting", "following"]


async def test_a_stream_made_anew_is_followed_from_its_beginning(
    settings: ConsumerSettings, said: list[str]
) -> None:
    await fill(settings, messages(8))
    async with aclosing(
        tail(settings, said).groups(History(everything=True), follow=True)
    ) as groups:
        assert await seqs(groups, 8) == list(range(8))
        async with jetstream(settings.nats_url) as js:
            await js.delete_stream("BENCH_EVENTS")
        await fill(settings, messages(2, run_no=1))
        assert await seqs(groups, 2) == [0, 1]


async def test_the_past_is_as_long_as_asked_for(
    settings: ConsumerSettings, said: list[str]
) -> None:
    await fill(settings, ())
    assert await past(tail(settings, said), History(newest=3)) == []
    await fill(settings, messages(400, per_message=4))
    began = datetime.now(UTC)
    await fill(settings, [WireMessage("bench.events.a.b.c.d", b"garbage", "garbage", 0)])
    await fill(settings, messages(300, run_no=1))
    lines = tail(settings, said)
    assert len(await past(lines, History(everything=True))) == 701
    assert len(await past(lines, History(since=began))) == 301
    newest = await past(lines, History(newest=3))
    assert [seen.event and seen.event["seq"] for seen in newest] == [297, 298, 299]
    assert await past(lines, History()) == []

    # Wanted lines lie far back: the server's filter and a growing window find them.
    run_0 = json.loads(messages(1)[0].payload)
    rare = [
        Filter(policy_id=run_0["policy_id"], task_id=run_0["task_id"]),
        Filter(run=run_0["run_id"][:13]),
    ]
    for wanted in rare:
        newest = await past(tail(settings, said, wanted), History(newest=5))
        assert [seen.event and seen.event["seq"] for seen in newest] == [395, 396, 397, 398, 399]
    (letter,) = await past(
        tail(settings, said, Filter(event_types=frozenset({"dead_letter"}))), History(newest=5)
    )
    assert (letter.reason, letter.line) == ("not_json", b"garbage")


async def test_a_message_larger_than_a_request_is_read(
    settings: ConsumerSettings, said: list[str]
) -> None:
    large = WireMessage("bench.events.a.b.c.d", b"x" * (6 * 1024 * 1024), "large", 0)
    await fill(settings, [*messages(2), large, *messages(2, run_no=1)])
    async with aclosing(
        tail(settings, said).groups(History(everything=True), follow=True)
    ) as groups:
        assert await seqs(groups, 5) == [0, 1, -1, 0, 1]


async def test_a_long_past_is_read_through_one_reader(
    settings: ConsumerSettings, said: list[str]
) -> None:
    """The server says so when a request has brought all it may: that is not its end."""
    await fill(settings, messages(1_201))
    with capture_logs() as logs:
        assert len(await past(tail(settings, said), History(everything=True))) == 1_201
    assert [entry for entry in logs if entry["event"] == "follower_renewed"] == []

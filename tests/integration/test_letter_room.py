"""A stream full of dead letters stops the consumer, and never the people who clear it."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest
from nats.js import JetStreamContext
from nats.js.errors import APIError
from tests.support.jetstream import connected
from tests.support.nats import NatsServer

from benchwire.consumer import dead_letters, letter_states
from benchwire.consumer.dead_letters import DeadLetter
from benchwire.consumer.letter_key import LetterKey
from benchwire.consumer.letter_room import LettersFull, need_room, purge_settled, with_room
from benchwire.consumer.letter_states import LetterState
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import DEAD_LETTERS_STREAM, ensure

MAX_BYTES = 64_000
LETTER_BYTES = 4_000
RECEIVED_AT = "2026-11-01T12:00:00.000000Z"


def on_small_stream(server: NatsServer, act: Callable[[JetStreamContext], Awaitable[None]]) -> None:
    """Do something where a dozen letters fill the stream."""

    async def main() -> None:
        async with connected(server.url) as client:
            js = JetStreamContext(client)
            await ensure(js, ConsumerSettings(nats_url=server.url))
            found = (await js.stream_info(DEAD_LETTERS_STREAM)).config
            await js.update_stream(found, max_bytes=MAX_BYTES)
            await act(js)

    asyncio.run(main())


def letter(number: int, received_at: str = RECEIVED_AT) -> DeadLetter:
    return DeadLetter(
        stream="BENCH_EVENTS",
        stream_seq=number,
        line_no=1,
        subject="bench.events.e.p.t.r",
        reason="not_json",
        detail="",
        raw=b"x" * LETTER_BYTES,
        received_at=received_at,
    )


async def publish(js: JetStreamContext, number: int) -> None:
    async def room(letters: object) -> None:
        assert letters
        await need_room(js, [letter(number)])

    await dead_letters.publish(js, [letter(number)], 2**20, need_room=room)


async def fill(js: JetStreamContext) -> int:
    for number in range(1, 100):
        try:
            await publish(js, number)
        except LettersFull:
            return number - 1
    raise AssertionError("it never gets full")


async def fill_to_the_brim(js: JetStreamContext) -> None:
    with contextlib.suppress(APIError):
        for number in range(1_000):
            await js.publish(f"bench.dead_letters.other.1.1.{number}.state", b"x" * 100)


async def discard(js: JetStreamContext, number: int, received_at: str = RECEIVED_AT) -> None:
    change = LetterState(
        key=letter(number).key,
        received_at=received_at,
        state="discarded",
        detail="known",
        changed_by="ann@host",
    )
    await letter_states.record(js, change)


async def letters_left(js: JetStreamContext) -> set[int]:
    info = await js.stream_info(DEAD_LETTERS_STREAM, subjects_filter="bench.dead_letters.*.*.*")
    return {int(subject.split(".")[3]) for subject in info.state.subjects or {}}


def test_settled_letters_make_room_for_others(nats_server: NatsServer) -> None:
    async def act(js: JetStreamContext) -> None:
        n_letters = await fill(js)
        assert n_letters > 5
        for number in (2, 3):
            await discard(js, number)
        await publish(js, 100)
        assert await letters_left(js) == {*range(1, n_letters + 1), 100} - {2, 3}
        state, _ = await letter_states.current(js, letter(2).key)
        assert state is not None
        assert state.state == "discarded"

    on_small_stream(nats_server, act)


def test_a_full_stream_still_takes_what_becomes_of_its_letters(nats_server: NatsServer) -> None:
    async def act(js: JetStreamContext) -> None:
        n_letters = await fill(js)
        for number in range(1, n_letters + 1):
            await discard(js, number)

    on_small_stream(nats_server, act)


def test_a_state_that_finds_no_room_makes_it(nats_server: NatsServer) -> None:
    """As in a stream that was filled before letters left anything alone."""

    async def act(js: JetStreamContext) -> None:
        await fill(js)
        await discard(js, 1)
        await fill_to_the_brim(js)
        with pytest.raises(APIError, match="maximum bytes"):
            await discard(js, 2)
        await with_room(js, lambda: discard(js, 2))
        assert 1 not in await letters_left(js)

    on_small_stream(nats_server, act)


def test_a_state_of_before_the_stream_was_made_anew_settles_nothing(
    nats_server: NatsServer,
) -> None:
    async def act(js: JetStreamContext) -> None:
        await publish(js, 1)
        await discard(js, 1, received_at="2026-01-01T00:00:00.000000Z")
        assert await purge_settled(js) == 0

    on_small_stream(nats_server, act)


@pytest.mark.parametrize(
    "subject", ["bench.dead_letters.S.1.2", "bench.dead_letters.S.1.2.state", "bench.events.S.1.2"]
)
def test_only_letters_subjects_name_letters(subject: str) -> None:
    key = LetterKey.of_subject(subject)
    assert (key is not None) == (subject == "bench.dead_letters.S.1.2")
    assert key is None or key.subject == subject

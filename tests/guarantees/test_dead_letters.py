"""Guarantee 3: nothing is dropped silently, and what comes back comes back once."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.chdb import beside
from tests.support.filled_stream import all_stored
from tests.support.jetstream import jetstream
from tests.support.nats import NatsServer
from tests.support.refused_lines import (
    BROKEN_TABLE,
    MENDED_TABLE,
    check_account,
    refused_lines,
)
from tests.support.running_consumer import running
from tests.support.view_store import give_back, take_database

from benchwire.consumer import letter_states, replay, stored_letters
from benchwire.consumer.letter_desk import LetterDesk, Settled, open_desk
from benchwire.consumer.pipeline import Consumer
from benchwire.consumer.replay_rules import How
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.stored_letters import Selection, StoredLetter
from benchwire.consumer.stored_runs import refresh_due

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore


@pytest.fixture
def settings(nats_server: NatsServer) -> ConsumerSettings:
    return ConsumerSettings(
        nats_url=nats_server.url,
        ack_wait_seconds=1.5,
        insert_timeout_seconds=1.0,
        batch_seconds=0.05,
        exclusive=True,
    )


@pytest.fixture
def sink(chdb_store: "ChdbStore") -> Iterator[Sink]:
    made = take_database(chdb_store)
    yield made
    made.command("ALTER TABLE events DROP CONSTRAINT IF EXISTS broken")
    give_back(chdb_store, made)


@pytest.fixture
def reader(chdb_store: "ChdbStore", sink: Sink) -> Iterator[Sink]:
    """For the test and the desk: the consumer's sink is used by one thread only."""
    made = beside(chdb_store, sink)
    yield made
    made.close()


@asynccontextmanager
async def desk(
    settings: ConsumerSettings, reader: Sink, patience_seconds: float = 20.0
) -> AsyncGenerator[LetterDesk]:
    async with open_desk(
        reader.query,
        nats_url=settings.nats_url,
        nats_credentials=None,
        changed_by="ann@host",
        timeout_seconds=patience_seconds,
    ) as made:
        yield made


def letters(reader: Sink, *reasons: str, state: str = "open") -> list[StoredLetter]:
    return stored_letters.select(reader.query, Selection(states=[state], reasons=reasons))


def told(reader: Sink, report: str) -> list[tuple[Any, ...]]:
    """Ask a report, when it tells of all that is stored."""
    refresh_due(reader)
    return reader.query(report)


def results(settled: list[Settled]) -> dict[str, int]:
    found = [one.result for one in settled]
    return {result: found.count(result) for result in found}


def no_progress(_done: int) -> None:
    pass


async def set_aside(settings: ConsumerSettings, reader: Sink) -> None:
    """Publish lines that are refused, into a table that refuses one more."""
    reader.command(BROKEN_TABLE)
    await refused_lines().publish(settings)
    await all_stored(settings.nats_url, timeout_seconds=20)


async def test_letters_of_every_sort_come_back_once_their_cause_is_mended(
    settings: ConsumerSettings, sink: Sink, reader: Sink
) -> None:
    originals = refused_lines().originals
    async with running(settings, sink), desk(settings, reader) as at:
        await set_aside(settings, reader)
        assert check_account(reader) == {"open": 10}
        gaps = "SELECT telemetry, n_missing FROM rpt_run_integrity"
        assert told(reader, gaps) == [("gaps", 10)]

        # As things are, all would be refused again, or are: nothing gets lost by trying.
        tried = await at.replay(letters(reader), How(), no_progress)
        assert results(tried) == {"kept": 9, "refused_again": 1}
        (again,) = [one for one in tried if one.result == "refused_again"]
        assert again.again == (letters(reader, "row_refused")[0].key,) != (again.key,)
        assert check_account(reader) == {"open": 10, "replayed": 1}

        reader.command(MENDED_TABLE)
        mended = await at.replay(letters(reader, "row_refused"), How(), no_progress)
        own = await at.replay(
            letters(reader, "wrong_subject"), How(on_own_subject=True), no_progress
        )
        assert results(mended + own) == {"stored": 7}
        assert check_account(reader) == {"open": 3, "replayed": 8}

        for reason in ("not_json", "wrong_event_id"):
            how = How(corrected=originals[reason], note="the line was corrected by hand: cut off")
            (fixed,) = await at.replay(letters(reader, reason), how, no_progress)
            assert fixed.result == "stored"
            assert "corrected by hand" in fixed.detail
        (away,) = await at.discard(letters(reader, "newer_version"), "a test", no_progress)
        assert away.result == "discarded"
        assert check_account(reader) == {"replayed": 10, "discarded": 1}
        assert told(reader, gaps) == [("gaps", 1)]

        # A discarded letter is no lost one.
        how = How(corrected=originals["newer_version"], note="we need it after all")
        (back,) = await at.replay(letters(reader, state="discarded"), how, no_progress)
        assert back.result == "stored"
        assert check_account(reader) == {"replayed": 11}
        assert told(reader, gaps) == [("open", 0)]
        assert told(reader, "SELECT count() FROM rpt_run_summary WHERE steps = 24") == [(1,)]

        twice = await at.replay(letters(reader, state="replayed"), How(), no_progress)
        assert results(twice) == {"already": 11}
    await _table_says_what_the_stream_says(settings, reader)


async def _table_says_what_the_stream_says(settings: ConsumerSettings, reader: Sink) -> None:
    async with jetstream(settings.nats_url) as js:
        for letter in letters(reader, state="replayed"):
            state, _ = await letter_states.current(js, letter.key)
            assert state is not None
            assert (state.state, state.detail) == (letter.state, letter.state_detail)
            assert state.received_at == letter.received_at


async def test_a_command_that_dies_after_publishing_has_done_its_work(
    settings: ConsumerSettings, sink: Sink, reader: Sink
) -> None:
    """While no consumer runs the command ends before anything is stored, or marked."""
    async with running(settings, sink):
        await set_aside(settings, reader)
    reader.command(MENDED_TABLE)
    for _ in range(2):
        async with desk(settings, reader, patience_seconds=0.01) as at:
            (left,) = await at.replay(letters(reader, "row_refused"), How(), no_progress)
        assert left.result == "published"
        assert check_account(reader) == {"open": 10}
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=20)
        async with desk(settings, reader) as at:
            await _until_replayed(reader)
            assert check_account(reader) == {"open": 9, "replayed": 1}
            (once_more,) = await at.replay(letters(reader, state="replayed"), How(), no_progress)
    assert once_more.result == "already"


async def test_a_consumer_that_dies_between_storing_and_marking_marks_later(
    settings: ConsumerSettings, sink: Sink, reader: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings, sink):
        await set_aside(settings, reader)
    reader.command(MENDED_TABLE)
    async with desk(settings, reader, patience_seconds=0.01) as at:
        await at.replay(letters(reader, "row_refused"), How(), no_progress)
    reached = asyncio.Event()

    async def die(*_: object) -> None:
        reached.set()
        raise SystemError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(replay, "settle", die)
        stop = asyncio.Event()
        dying = asyncio.create_task(Consumer(settings, sink).run(stop))
        await asyncio.wait_for(reached.wait(), 20)
        stop.set()
        with pytest.raises(ExceptionGroup, match="TaskGroup"):
            await dying
    # The event is stored, its message was never acknowledged, and its letter is still open.
    assert reader.query("SELECT count() FROM stg_events WHERE seq = 21") == [(1,)]
    assert len(letters(reader, "row_refused")) == 1
    async with running(settings, sink):
        await _until_replayed(reader)
    assert check_account(reader) == {"open": 9, "replayed": 1}
    assert reader.query("SELECT count() FROM stg_dead_letter_states") == [(1,)]


async def _until_replayed(reader: Sink) -> None:
    async with asyncio.timeout(20):
        while letters(reader, "row_refused"):  # noqa: ASYNC110 - the store signals nothing
            await asyncio.sleep(0.05)

"""Ending tasks, also those that drop a cancellation."""

import asyncio

import pytest

from benchwire.consumer import stopping


async def test_a_task_that_drops_its_first_cancellation_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopping, "CANCEL_AGAIN_SECONDS", 0.01)
    dropped = 0

    async def deaf() -> None:
        nonlocal dropped
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                dropped += 1
                if dropped > 1:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(stopping.end([task]), 10)
    assert task.cancelled()
    assert dropped == 2


async def test_what_has_ended_is_left_alone() -> None:
    async def done() -> int:
        return 1

    task = asyncio.create_task(done())
    await task
    await stopping.end([task])
    assert task.result() == 1

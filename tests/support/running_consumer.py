"""A consumer running inside the test's own event loop."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from benchwire.consumer.pipeline import Consumer
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink

STOP_SECONDS = 30


@contextlib.asynccontextmanager
async def running(settings: ConsumerSettings, sink: Sink) -> AsyncGenerator[Consumer]:
    """Run a consumer while the block runs, then stop it in order; its errors are the test's."""
    stop = asyncio.Event()
    consumer = Consumer(settings, sink)
    task = asyncio.create_task(consumer.run(stop))
    try:
        yield consumer
    finally:
        stop.set()
        async with asyncio.timeout(STOP_SECONDS):
            await task


async def until(
    condition: Callable[[], bool], *, timeout_seconds: float = 20.0, what: str = "condition"
) -> None:
    """Wait until a condition holds."""
    try:
        async with asyncio.timeout(timeout_seconds):
            while not condition():  # noqa: ASYNC110 - conditions on things that signal nothing
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"{what} did not come true in {timeout_seconds} s") from None

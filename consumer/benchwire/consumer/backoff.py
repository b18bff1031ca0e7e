"""Trying again: growing, bounded, jittered pauses, and the loop that makes them."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

FIRST_SECONDS = 0.1
FACTOR = 2.0

Answer = TypeVar("Answer")


def pauses(longest_seconds: float) -> Iterator[float]:
    """Yield pauses without end: about 0.1 s, then doubling up to the longest, each ±50 %."""
    pause = min(FIRST_SECONDS, longest_seconds)
    while True:
        yield pause * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
        pause = min(pause * FACTOR, longest_seconds)


async def insist(
    action: Callable[[], Awaitable[Answer]],
    *,
    on: tuple[type[Exception], ...],
    failed: Callable[[Exception], None],
    longest_seconds: float,
) -> Answer:
    """Repeat an action until it succeeds; errors not named in `on` end it at once.

    It insists for ever: whoever has less patience cancels it.
    """
    for pause in pauses(longest_seconds):
        try:
            return await action()
        except on as error:
            failed(error)
            await asyncio.sleep(pause)
    raise AssertionError("pauses never end")

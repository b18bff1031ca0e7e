"""Pauses between attempts: growing, bounded, and jittered, so that consumers spread out."""

import random
from collections.abc import Iterator

FIRST_SECONDS = 0.1
FACTOR = 2.0


def pauses(longest_seconds: float) -> Iterator[float]:
    """Yield pauses without end: about 0.1 s, then doubling up to the longest, each ±50 %."""
    pause = min(FIRST_SECONDS, longest_seconds)
    while True:
        yield pause * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
        pause = min(pause * FACTOR, longest_seconds)

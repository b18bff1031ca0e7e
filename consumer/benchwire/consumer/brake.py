"""Stops consuming when most of what arrives is dead letters.

A producer gone wrong, or a consumer too old for the events, must not turn the whole stream
into dead letters before somebody looks. The limit is a share over a window, with a floor, so
that a handful of garbage on a quiet stream never stops anything.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from benchwire.consumer.settings import ConsumerSettings

GRAIN_SECONDS: Final = 1.0
"""Counts closer than this are kept as one."""

log = structlog.get_logger(__name__)


class Brake:
    """Watches the share of dead letters; `engaged_until` is in the future while it holds."""

    def __init__(
        self, settings: ConsumerSettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._seen: deque[list[float]] = deque()
        self._lines = 0
        self._dead_letters = 0
        self._engaged_until: float | None = None

    def observe(self, *, lines: int, dead_letters: int) -> None:
        """Count what arrived; engages when the share over the window is too high."""
        if not lines and not dead_letters:
            return
        now = self._clock()
        if self._seen and now - self._seen[-1][0] < GRAIN_SECONDS:
            self._seen[-1][1] += lines
            self._seen[-1][2] += dead_letters
        else:
            self._seen.append([now, lines, dead_letters])
        self._lines += lines
        self._dead_letters += dead_letters
        self._forget(now - self._settings.brake_window_seconds)
        settings = self._settings
        if (
            self._dead_letters >= settings.brake_dead_letters_min
            and self._dead_letters >= settings.brake_ratio * self._lines
        ):
            self.engage(f"{self._dead_letters} of the last {self._lines} lines are dead letters")

    def engage(self, why: str) -> None:
        """Hold for `brake_pause_seconds`, and judge afresh afterwards."""
        if self.is_engaged:
            return
        pause = self._settings.brake_pause_seconds
        self._engaged_until = self._clock() + pause
        self._seen.clear()
        self._lines = self._dead_letters = 0
        log.error("brake_engaged", why=why, pause_seconds=pause)

    @property
    def is_engaged(self) -> bool:
        """True while nothing should be fetched."""
        return self._engaged_until is not None

    def seconds_left(self) -> float:
        """How long it still holds."""
        return 0.0 if self._engaged_until is None else self._engaged_until - self._clock()

    def release(self) -> None:
        """Let consuming go on."""
        self._engaged_until = None
        log.warning("brake_released")

    def _forget(self, before: float) -> None:
        seen = self._seen
        while seen and seen[0][0] < before:
            _, lines, dead_letters = seen.popleft()
            self._lines -= int(lines)
            self._dead_letters -= int(dead_letters)

"""An engine is given up when it fails again and again, and not for a bad moment."""

import itertools
import threading
from collections.abc import Callable, Iterable

import pytest

from benchwire.embedded.engine_watch import FAILURES_MAX, EngineWatch

BROKEN = "Code: 49. DB::Exception: all is lost. (LOGICAL_ERROR)"
NO_MEMORY = "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"


def asked(answers: Iterable[str]) -> tuple[EngineWatch, threading.Event]:
    """A watch on an engine that answers so ("" is well), and an event at the last answer."""
    left, ended = iter(answers), threading.Event()

    def ask() -> None:
        answer = next(left, None)
        if answer is None:
            ended.set()
        elif answer:
            raise RuntimeError(answer)

    watch = EngineWatch(ask, look_seconds=0.001)
    watch.start()
    return watch, ended


def test_an_engine_that_fails_every_time_is_given_up() -> None:
    watch, _ = asked(itertools.repeat(BROKEN))
    assert eventually(lambda: watch.failure is not None)
    assert watch.failure == BROKEN


@pytest.mark.parametrize(
    "answers",
    [
        [*[BROKEN] * (FAILURES_MAX - 1), ""] * 4,
        [NO_MEMORY] * 20,
        [],
    ],
)
def test_a_bad_moment_is_no_end(answers: list[str]) -> None:
    watch, ended = asked(answers)
    assert ended.wait(10)
    watch.stop()
    assert watch.failure is None


def eventually(true: Callable[[], bool]) -> bool:
    """Wait for a condition, bounded."""
    pause = threading.Event()
    return any(true() or pause.wait(0.01) for _ in range(1_000))

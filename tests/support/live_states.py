"""What a watcher knows once it has taken up some lines."""

import random
from collections.abc import Iterable
from datetime import datetime

from tests.support.history_lines import Sent

from benchwire.analysis.live.events import read_rows
from benchwire.analysis.live.state import LiveState


def us(moment: datetime) -> int:
    """Write a moment as watchers do."""
    return round(moment.timestamp() * 1_000_000)


def folded(sent: Iterable[Sent]) -> LiveState:
    """Take lines up, each as its own message."""
    state = LiveState()
    take(state, sent)
    return state


def take(state: LiveState, sent: Iterable[Sent]) -> None:
    """Take up some more."""
    for one in sent:
        for event in read_rows(one.line, us(one.received_at)):
            state.take(event)


def delivered(sent: list[Sent], order: str, seed: int) -> list[Sent]:
    """As the stream has it; or shuffled, a third twice."""
    if order == "stream":
        return sorted(sent, key=lambda one: one.received_at)
    rng = random.Random(seed)
    again = sent + rng.sample(sent, len(sent) // 3)
    rng.shuffle(again)
    return again

"""What `events` can be made anew from: anything that still holds all events once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from benchwire.consumer.batcher import Batch


@dataclass(frozen=True, slots=True)
class Reach:
    """What a source still holds."""

    @property
    def sentence(self) -> str:
        """As people are told."""
        raise NotImplementedError


class EventSource(Protocol):
    """Reads events as the messages in which they were, or would be, published."""

    name: ClassVar[str]
    """As in "not in the …"."""
    knows_deliveries: ClassVar[bool]
    """Whether its messages say when they were received, and where they are in the stream."""

    def reach(self) -> Reach:
        """Say what can be read; raises a `BenchwireError` when that is nothing."""
        ...

    def read(
        self,
        store: Callable[[Batch], None],
        *,
        on_messages: Callable[[int], object],
        announce: Callable[[str], None],
    ) -> int:
        """Hand over all messages of the reach in batches; returns how many lines did not decode."""
        ...

"""What has been published and not yet acknowledged: bounded, and sent again until it is."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.message import Message

RESEND_SECONDS: Final = 2.0
"""An acknowledgement takes under 1 ms; one that has not come by then will not come."""
RESEND_DOUBLINGS_MAX: Final = 4
"""A server that answers nothing is asked again after 2, 4, 8, 16, then every 32 s."""


@dataclass(slots=True)
class InFlight:
    """A published message and where it came from."""

    number: int
    feed: Feed
    message: Message
    sent_at: float
    """Monotonic time of the last sending; 0: to be sent again as soon as possible."""
    resent: int = 0
    """How often it was sent again over this connection."""

    @property
    def due_at(self) -> float:
        """When it is to be sent again."""
        if not self.sent_at:
            return 0.0
        doublings: int = min(self.resent, RESEND_DOUBLINGS_MAX)
        return self.sent_at + RESEND_SECONDS * (1 << doublings)


class Window:
    """The in-flight table. Owned by the publisher's event loop; nobody else touches it."""

    def __init__(
        self,
        *,
        messages_max: int,
        bytes_max: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._clock = clock
        self._in_flight: dict[int, InFlight] = {}
        self._bytes = 0
        self._number = 0

    def __len__(self) -> int:
        return len(self._in_flight)

    @property
    def has_room(self) -> bool:
        """True while another message may be published; one always may when nothing is under way."""
        return not self._in_flight or (
            len(self._in_flight) < self._messages_max and self._bytes < self._bytes_max
        )

    def add(self, feed: Feed, message: Message) -> InFlight:
        """Note a message that is being sent now."""
        self._number += 1
        entry = InFlight(self._number, feed, message, self._clock())
        self._in_flight[entry.number] = entry
        self._bytes += len(message.payload)
        return entry

    def remove(self, number: int) -> InFlight | None:
        """Forget an acknowledged message; None if that has happened before."""
        entry = self._in_flight.pop(number, None)
        if entry is not None:
            self._bytes -= len(entry.message.payload)
        return entry

    def remove_feed(self, feed: Feed) -> None:
        """Forget what is under way of a segment that is read again from its beginning."""
        for number in [n for n, entry in self._in_flight.items() if entry.feed is feed]:
            self.remove(number)

    def all_due(self) -> None:
        """Everything is to be sent again: the connection it went over is gone."""
        for entry in self._in_flight.values():
            entry.sent_at = 0.0
            entry.resent = 0

    def due(self) -> Iterator[InFlight]:
        """What is to be sent again now, oldest first; each is taken to have been sent."""
        now = self._clock()
        for entry in list(self._in_flight.values()):
            if entry.number in self._in_flight and entry.due_at <= now:
                entry.resent += 1 if entry.sent_at else 0
                entry.sent_at = now
                yield entry

    def due_now(self, number: int) -> None:
        """The message was refused: send it again as soon as sending makes sense."""
        entry = self._in_flight.get(number)
        if entry is not None:
            entry.sent_at = 0.0

    def longest_waiting(self) -> InFlight | None:
        """The message whose last sending is longest ago, taken to be sent now."""
        entry = min(self._in_flight.values(), key=lambda each: each.sent_at, default=None)
        if entry is not None:
            entry.sent_at = self._clock()
        return entry

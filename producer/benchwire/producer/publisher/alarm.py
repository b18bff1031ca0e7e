"""Wakes the publisher's event loop from emitting threads, only when it sleeps."""

import asyncio


class Alarm:
    """The publisher's side of :class:`~benchwire.producer.emitter_context.Wake`."""

    __slots__ = ("_event", "_loop", "idle")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()
        self.idle = False

    def notify(self) -> None:
        """Wake the loop. Called from any thread; a loop that has ended needs no waking."""
        self.idle = False
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:
            return

    async def sleep(self, seconds: float) -> None:
        """Sleep until woken, at most so long."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self.idle = False
            self._event.clear()

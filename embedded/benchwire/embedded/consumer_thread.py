"""Run the consumer beside the other engines: in a thread with an event loop of its own."""

import asyncio
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import CancelledError

import structlog

from benchwire.consumer.pipeline import Consumer
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink

RESTART_SECONDS = 1.0
RESTART_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0
POLL_SECONDS = 0.01
NOTE_SECONDS = 5.0
"""A loop that is ending answers no more."""

log = structlog.get_logger("benchwire.embedded.consumer")


class ConsumerThread:
    """Keeps one consumer running until `stop`; a consumer that fails is started anew.

    What it held is redelivered and stored idempotently, so a new start loses nothing.
    """

    def __init__(self, settings: ConsumerSettings, sink: Sink) -> None:
        self._settings = settings
        self._sink = sink
        self._consumer: Consumer | None = None
        self._error: str | None = None
        self._stop: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="consumer", daemon=False)

    def start(self) -> None:
        """Start consuming; connecting happens in the background."""
        self._thread.start()
        self._started.wait()

    def stop(self, timeout_seconds: float | None) -> bool:
        """Store and acknowledge what is held, then end; False when it took too long."""
        self._stopping.set()
        if self._stop is not None:
            loop, stop = self._stop
            _call_if_open(loop, stop.set)
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def wait_refreshed(self, timeout_seconds: float) -> bool:
        """Wait until the stored rows of runs tell of all that is stored; False: not in time."""
        deadline = time.monotonic() + timeout_seconds
        generation: int | None = None
        while True:
            consumer = self._consumer
            if consumer is not None:
                refresher = consumer.refresher
                generation = refresher.generation if generation is None else generation
                # A consumer that started anew counts from 0, and has caught up before.
                if refresher.reached(min(generation, refresher.generation)):
                    return True
                refresher.hurry()
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)

    def sweep_soon(self) -> None:
        """Have rows looked for that are due for what no insert tells of; the waiting counts it."""
        consumer, loop = self._consumer, self._stop[0] if self._stop is not None else None
        if consumer is None or loop is None:
            return  # One that starts looks for everything.
        soon = consumer.refresher.sweep_soon()
        try:
            asyncio.run_coroutine_threadsafe(soon, loop).result(NOTE_SECONDS)
        except RuntimeError:
            soon.close()  # The loop ended by itself a moment ago.
        except (TimeoutError, CancelledError):
            log.info("sweep_left_to_the_next_start")

    def describe(self) -> dict[str, object]:
        """Say whether events are taken and stored, and what is missing if not."""
        consumer = self._consumer
        missing = dict(consumer.readiness.missing) if consumer is not None else {}
        ready = consumer is not None and consumer.readiness.is_ready and self._thread.is_alive()
        due = consumer.refresher.n_due if consumer is not None else 0
        return {"ready": ready, "missing": missing, "error": self._error, "runs_due": due}

    def _run(self) -> None:
        asyncio.run(self._supervise())

    async def _supervise(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._stop = (loop, stop)
        self._started.set()
        if self._stopping.is_set():
            return
        delay = RESTART_SECONDS
        while not stop.is_set():
            began = loop.time()
            try:
                self._consumer = Consumer(self._settings, self._sink)
                await self._consumer.run(stop)
            except Exception as error:  # noqa: BLE001  # whatever it is: say it, start anew
                self._error = f"{type(error).__name__}: {error}"
                log.error(  # noqa: TRY400  # the traceback is a field
                    "consumer_failed",
                    error=self._error,
                    restart_in_seconds=delay,
                    traceback=traceback.format_exc(),
                )
                if loop.time() - began > STEADY_SECONDS:
                    delay = RESTART_SECONDS
                await _sleep_unless(stop, delay)
                delay = min(delay * 2, RESTART_SECONDS_MAX)
            else:
                self._error = None


async def _sleep_unless(stop: asyncio.Event, seconds: float) -> None:
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait({waiting}, timeout=seconds)
    waiting.cancel()


def _call_if_open(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        # The loop ended by itself a moment ago.
        return

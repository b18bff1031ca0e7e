"""Computes the stored rows of runs anew, soon after something of them was stored.

Beside the pipeline, in a thread and on a sink of its own. Rests four times as long as it worked, so
that a fifth of one core goes into it, unless somebody waits, or more runs are due than a look takes
while little is inserted. What a killed process left is
found at the next start, and what others inserted once a minute: the table `run_touches` knows.
Rows of sessions cost more and come after those of runs: of a run that has ended at once, of one
that goes on every now and then.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import structlog

from benchwire.consumer import stored_runs
from benchwire.consumer.backoff import insist
from benchwire.consumer.refresh_pace import InsertingTime, rest_seconds
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink, SinkError
from benchwire.consumer.stored_runs import StoredRows
from benchwire.consumer.vitals import Vitals

SWEEP_SECONDS: Final = 60.0
"""Between two searches for runs that are due for whatever reason."""
RUNS_MAX: Final = stored_runs.RUNS.runs_max
"""Computed without a rest, and what a stop waits for."""
SESSIONS_MAX: Final = stored_runs.SESSIONS.runs_max
SESSION_SECONDS: Final = 45.0
"""How long the session of a run that goes on may wait to be looked at again."""
BACKOFF_SECONDS_MAX: Final = 10.0
THREADS_OF_ENGINE: Final = 1
"""A second one took a third more CPU for a quarter of the time, and the core from dashboards."""

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


class Refresher:
    """Told by the pipeline what is inserted; computes the rows of those runs anew.

    Used from the event loop, but for `generation`, `reached` and `hurry`. While the store is away
    runs stay due; after a kill the next start finds those that were.
    """

    def __init__(self, settings: ConsumerSettings, sink: Sink, vitals: Vitals) -> None:
        self._settings = settings
        self._given = sink
        self._sink: Sink | None = None
        self._metrics = vitals.metrics
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="benchwire-refresh")
        self._due: dict[str, bool] = {}
        """Runs whose rows are due, and whether that is for something we inserted of them."""
        self._sessions: dict[str, float] = {}
        """Runs whose sessions are due, and from when on (monotonic) they wait no longer."""
        self._inserting_since_us: int | None = None
        self._inserting = InsertingTime(time.monotonic())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._noted = asyncio.Event()
        self._is_sweep_wanted = False
        self._hurried = asyncio.Event()
        self.generation = 0
        """Counts what was noted; a waiter remembers it and asks `reached` until it is true."""
        self._reached = -1

    def insert_begins(self) -> None:
        """Note that rows are being inserted of which the engine may show a part."""
        self._inserting_since_us = time.time_ns() // 1_000
        self._inserting.begins(time.monotonic())

    def insert_ended(self, run_ids: Iterable[str]) -> None:
        """Note that the insert is over, and of which runs it had rows."""
        self._inserting_since_us = None
        self._inserting.ended(time.monotonic())
        self._due.update(dict.fromkeys(run_ids, True))
        self.generation += 1
        self._noted.set()

    async def sweep_soon(self) -> None:
        """Note that rows are due for what no insert of ours tells of, as a changed price book."""
        self._is_sweep_wanted = True
        self.generation += 1
        self._noted.set()

    @property
    def n_due(self) -> int:
        """Count the runs whose rows are still to be computed, as far as is known."""
        return len(self._due)

    def reached(self, generation: int) -> bool:
        """Say whether the stored rows tell of everything noted up to then."""
        return self._reached >= generation

    def hurry(self) -> None:
        """Cut the rest short; from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended a moment ago
                self._loop.call_soon_threadsafe(self._hurry)

    async def catch_up(self) -> None:
        """Find what others left behind; it is computed first, and whoever waits waits for it."""
        self._loop = asyncio.get_running_loop()
        await insist(
            self._sweep,
            on=(SinkError,),
            failed=self._waits,
            longest_seconds=BACKOFF_SECONDS_MAX,
        )
        if self._due or self._sessions:
            self._noted.set()
        else:
            self._reached = self.generation

    async def refresh_regularly(self) -> None:
        """Compute what is due and rest, by turns; runs until cancelled."""
        swept_at = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                wakes_at = min([swept_at + SWEEP_SECONDS, *self._sessions.values()])
                left = wakes_at - time.monotonic()
                await asyncio.wait_for(self._noted.wait(), max(0.0, left))
            began = time.monotonic()
            try:
                if self._is_sweep_wanted or began >= swept_at + SWEEP_SECONDS:
                    swept_at = began
                    await self._sweep()
                await self._refresh_some(until=math.inf if self._hurried.is_set() else began)
            except SinkError as error:
                self._waits(error)
            seconds = time.monotonic() - began
            self._hurried.clear()
            share = self._inserting.share(time.monotonic())
            with contextlib.suppress(TimeoutError):
                rest = rest_seconds(seconds, is_behind=self._is_behind(), inserting_share=share)
                await asyncio.wait_for(self._hurried.wait(), rest)

    async def finish(self) -> None:
        """Compute all that is due; what takes too long is left to the next start."""
        try:
            async with asyncio.timeout(self._settings.drain_seconds):
                while self._due or self._sessions:
                    await self._refresh_some(until=math.inf)
        except SinkError as error:
            self._waits(error)
        except TimeoutError:
            log.info("refresh_incomplete", runs=len(self._due), sessions=len(self._sessions))

    async def close(self) -> None:
        """End the thread, after what it is doing."""
        await self._in_thread(self._close_sink)
        self._thread.shutdown(wait=True)

    async def _sweep(self) -> None:
        was_wanted, self._is_sweep_wanted = self._is_sweep_wanted, False
        try:
            found = await self._in_thread_of_sink(stored_runs.due_runs)
            sessions = await self._in_thread_of_sink(
                lambda sink: stored_runs.due_runs(sink, stored_runs.SESSIONS)
            )
        except BaseException:
            self._is_sweep_wanted |= was_wanted
            raise
        self._due = {**dict.fromkeys(found, False), **self._due}
        if found:
            log.debug("runs_due", runs=len(found))
        self._await_sessions(sessions)

    async def _refresh_some(self, *, until: float) -> None:
        """Compute rows of runs, then of sessions due by `until` (monotonic).

        Runs that go on come before those that a sweep found, which may be all there are.
        """
        generation = self.generation
        first = sorted(self._due, key=lambda run_id: not self._due[run_id])[:RUNS_MAX]
        runs = {run_id: self._due.pop(run_id) for run_id in first}
        are_all = not self._due
        if are_all:
            self._noted.clear()
        began = time.monotonic()
        try:
            ended = await self._compute(runs, stored_runs.RUNS)
        except BaseException:
            self._due = {**runs, **self._due}
            self._noted.set()
            raise
        # A changed price is due in the rows of runs alone.
        self._await_sessions(run_id for run_id, is_inserted in runs.items() if is_inserted)
        self._sessions.update({run_id: 0.0 for run_id in ended if run_id in self._sessions})
        if are_all:
            await self._refresh_sessions(until)
            if not self._sessions:
                self._reached = generation
        self._metrics.count("runs_refreshed_total", len(runs))
        if runs:
            self._metrics.observe("refresh_seconds", time.monotonic() - began)

    async def _refresh_sessions(self, until: float) -> None:
        waited = sorted(self._sessions, key=lambda run_id: self._sessions[run_id])
        runs = [run_id for run_id in waited[:SESSIONS_MAX] if self._sessions[run_id] <= until]
        taken = {run_id: self._sessions.pop(run_id) for run_id in runs}
        try:
            await self._compute(runs, stored_runs.SESSIONS)
        except BaseException:
            self._sessions |= taken
            raise

    def _await_sessions(self, run_ids: Iterable[str]) -> None:
        """Let these sessions wait from now on, if they do not do so already."""
        at = time.monotonic() + SESSION_SECONDS
        self._sessions = {**dict.fromkeys(run_ids, at), **self._sessions}

    def _is_behind(self) -> bool:
        now = time.monotonic()
        n_sessions = sum(at <= now for at in self._sessions.values())
        return len(self._due) > RUNS_MAX or n_sessions > SESSIONS_MAX

    def _hurry(self) -> None:
        self._hurried.set()
        if self._sessions:
            self._noted.set()

    def _complete_until_us(self) -> int | None:
        """Say up to when everything inserted is there to be read; None: ask the server."""
        if not self._settings.exclusive:
            return None
        return self._inserting_since_us or time.time_ns() // 1_000

    async def _compute(self, runs: Collection[str], rows: StoredRows) -> list[str]:
        """Compute these rows and say which of the runs have ended."""
        until_us = self._complete_until_us()
        return await self._in_thread_of_sink(lambda sink: self._refresh(sink, runs, rows, until_us))

    def _refresh(
        self, sink: Sink, runs: Collection[str], rows: StoredRows, until_us: int | None
    ) -> list[str]:
        if until_us is None:
            margin_us = round(stored_runs.insert_margin_seconds(self._settings) * 1_000_000)
            until_us = stored_runs.server_time_us(sink) - margin_us
        stored_runs.refresh(
            sink, runs, complete_until_us=until_us, rows=rows, max_threads=THREADS_OF_ENGINE
        )
        return stored_runs.ended_runs(sink, runs) if rows is stored_runs.RUNS else []

    def _waits(self, error: Exception) -> None:
        log.warning("refresh_waits", error=type(error).__name__, detail=str(error)[:300])

    async def _in_thread_of_sink(self, action: Callable[[Sink], Answer]) -> Answer:
        def act() -> Answer:
            if self._sink is None:
                self._sink = self._given.twin()
            return action(self._sink)

        return await self._in_thread(act)

    async def _in_thread(self, action: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)

    def _close_sink(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()

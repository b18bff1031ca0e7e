"""The live screen: draws what the feed knows, twice a second, and heeds keys at once."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Final

from rich.text import Text

from benchwire.analysis.live.lines import Picture, RunLine
from benchwire.analysis.live.picture import picture_of
from benchwire.cli import output
from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.feed import Feed
from benchwire.cli.watching.frame import overview
from benchwire.cli.watching.head import Situation
from benchwire.cli.watching.help_page import help_page
from benchwire.cli.watching.keys import pressed
from benchwire.cli.watching.source import Source
from benchwire.cli.watching.terminal import Terminal, taken_over
from benchwire.cli.watching.timeline import Timeline

PICTURE_SECONDS: Final = 0.5
"""A new picture is made so often; with many runs less often, see `_pause`."""
SHARE_OF_TIME: Final = 10
"""Between two pictures lies at least so many times what one takes."""
KEY_BYTES: Final = 1_024
ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
SIGNALLED: Final = 128
"""Exit codes of commands that a signal ended begin here."""


async def watch(source: Source, feed: Feed) -> None:
    """Show the screen until it is quit; a signal that ends it does so once all is given back."""
    with taken_over(output.console()) as terminal:
        screen = Screen(source, feed, terminal)
        feeding = asyncio.ensure_future(feed.run(lambda: None))
        drawing = asyncio.ensure_future(screen.run())
        try:
            await asyncio.wait((feeding, drawing), return_when=asyncio.FIRST_COMPLETED)
            for task in (feeding, drawing):
                if task.done():
                    task.result()
        finally:
            screen.close()
            for task in (feeding, drawing):
                task.cancel()
            await asyncio.gather(feeding, drawing, return_exceptions=True)
    if screen.ended_by is not None:
        raise SystemExit(SIGNALLED + screen.ended_by)


class Screen:
    """What is on the terminal, and what keys do to it."""

    def __init__(self, source: Source, feed: Feed, terminal: Terminal) -> None:
        self.controls = Controls()
        self.ended_by: signal.Signals | None = None
        """The signal that ended it, if one did."""
        self._source, self._feed, self._terminal = source, feed, terminal
        self._picture: Picture | None = None
        self._timeline: Timeline | None = None
        self._following: asyncio.Task[None] | None = None
        self._touched = asyncio.Event()
        self._is_over = False

    async def run(self) -> None:
        """Draw until somebody quits."""
        with self._listening():
            while not self._is_over:
                began = time.monotonic()
                if self._picture is None or not self.controls.is_paused:
                    self._picture = picture_of(self._feed.state, time.time_ns() // 1_000)
                self._draw(self._picture)
                await self._pause(time.monotonic() - began)

    def close(self) -> None:
        """Stop reading a timeline."""
        if self._following is not None:
            self._following.cancel()
        self._timeline = self._following = None

    def key(self, name: str) -> None:
        """Heed a key, as if what earlier keys changed were drawn already."""
        if self._picture is not None:
            self.controls.arrange(self._picture.runs)
        wish = self.controls.press(name)
        if wish == "quit":
            self._is_over = True
        elif wish == "open":
            self._open()
        elif wish == "close":
            self.close()
        self._touched.set()

    def _open(self) -> None:
        run = self._selected()
        if run is None:
            self.controls.page = "overview"
            return
        self._timeline = Timeline(self._source, run)
        self._following = asyncio.ensure_future(self._timeline.follow(self._touched.set))

    def _selected(self) -> RunLine | None:
        shown = self.controls.shown
        return next((run for run in shown if run.run_id == self.controls.selected), None)

    async def _pause(self, took_seconds: float) -> None:
        """Wait until there is something new to show; keys are drawn from the picture at hand."""
        until = time.monotonic() + max(PICTURE_SECONDS, SHARE_OF_TIME * took_seconds)
        while not self._is_over and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._touched.wait()
            if self._touched.is_set() and self._picture is not None:
                self._touched.clear()
                self._draw(self._picture)
                await asyncio.sleep(0.02)

    def _draw(self, picture: Picture) -> None:
        self._terminal.draw(self._lines(picture, *self._terminal.size))

    def _lines(self, picture: Picture, width: int, height: int) -> list[Text]:
        if self.controls.page == "help":
            return help_page(width, height)
        if self.controls.page == "timeline" and self._timeline is not None:
            run_id = self._timeline.run.run_id
            now = next((run for run in picture.runs if run.run_id == run_id), None)
            return self._timeline.frame(now, self.controls.scrolled, width, height)
        return overview(picture, situation(self._feed), self.controls, width, height)

    @contextlib.contextmanager
    def _listening(self) -> Generator[None]:
        """Hear keys, a change of size, and Ctrl-Z."""
        loop, keys = asyncio.get_running_loop(), self._terminal.keys
        if keys is not None:
            loop.add_reader(keys, self._read_keys, keys)
        heard: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGWINCH: self._resized,
            signal.SIGTSTP: self._suspended,
            # An exception out of a handler would end whichever task runs at that moment.
            **{number: partial(self._end, number) for number in ENDING},
        }
        before = {number: signal.getsignal(number) for number in heard}
        for number, heed in heard.items():
            loop.add_signal_handler(number, heed)
        try:
            yield
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler)
            if keys is not None:
                loop.remove_reader(keys)

    def _end(self, number: signal.Signals) -> None:
        self.ended_by, self._is_over = number, True
        self._touched.set()

    def _read_keys(self, keys: int) -> None:
        raw = os.read(keys, KEY_BYTES)
        if not raw:
            self._is_over = True
        for name in pressed(raw):
            self.key(name)
        self._touched.set()

    def _resized(self) -> None:
        self._terminal.redraw()
        self._touched.set()

    def _suspended(self) -> None:
        self._terminal.stop_for_a_while()
        self._touched.set()


def situation(feed: Feed) -> Situation:
    """How the feed is doing now."""
    return Situation(
        experiment_id=feed.experiment_id,
        is_live=feed.is_live,
        loaded=feed.loaded,
        to_load=feed.to_load,
        trouble=feed.trouble,
        error=feed.probe.error if feed.probe.reading is None else "",
        missing=feed.missing,
        n_refused=feed.n_refused,
        events_per_second=feed.events_per_second,
        reading=feed.probe.reading,
        known_experiments=feed.known_experiments,
    )

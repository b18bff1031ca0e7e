"""One run's events, line by line, from the stream: those it still holds, then as they come."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Final

from rich.text import Text

from benchwire.analysis.live.lines import RunLine
from benchwire.cli.run_figures import aiu, clock_time, count
from benchwire.cli.safe_text import one_line
from benchwire.cli.tail_facts import what_happened
from benchwire.cli.tail_lines import COLOURS, TYPE_CELLS
from benchwire.cli.watching.source import Source
from benchwire.cli.watching.tables import run_name, shortened
from benchwire.consumer.tailing import Filter, History, Seen, Tail

LINES_MAX: Final = 5_000
TONES: Final = {"good": "green", "bad": "red", "plain": ""}
DETAIL: Final = " " * len("hh:mm:ss ")
FOOT: Final = "esc back  ↑↓ page scroll  end newest  q quit"


class Timeline:
    """The lines of one run."""

    def __init__(self, source: Source, run: RunLine) -> None:
        self.run = run
        self._source = source
        self._lines: deque[Text] = deque(maxlen=LINES_MAX)
        self._is_there = False

    async def follow(self, changed: Callable[[], None]) -> None:
        """Read until cancelled."""
        run = self.run
        tail = Tail(
            self._source.locate,
            Filter(
                experiment_id=run.experiment_id,
                policy_id=run.policy_id,
                task_id=run.task_id,
                run=run.run_id,
            ),
            announce=lambda _text: None,
            nats_credentials=self._source.nats_credentials,
        )
        async with aclosing(tail.groups(History(everything=True), follow=True)) as groups:
            async for group in groups:
                self._lines.extend(line for seen in group for line in _lines(seen))
                self._is_there = True
                changed()
                await asyncio.sleep(0)

    def frame(self, now: RunLine | None, scrolled: int, width: int, height: int) -> list[Text]:
        """All lines of the page; `now`: how the run stands, None once it is over."""
        room = max(1, height - 3)
        back = min(scrolled, max(0, len(self._lines) - room))
        end = len(self._lines) - back
        shown = list(self._lines)[max(0, end - room) : end]
        if not shown:
            nothing = "the stream holds nothing of this run" if self._is_there else "reading …"
            shown = [Text(nothing, "dim")]
        place = f"   {back} newer below" if back else ""
        lines = [
            Text(shortened(f"{run_name(self.run, width)}", width), "bold"),
            Text(shortened(_standing(self.run, now), width), "dim"),
            *[_cut(line, width) for line in shown],
        ]
        lines += [Text()] * (height - 1 - len(lines))
        return [*lines[: height - 1], Text(shortened(FOOT + place, width), "dim")]


def _standing(run: RunLine, now: RunLine | None) -> str:
    if now is None:
        return f"over · {run.run_id} · `benchwire trajectory` has the stored run"
    return (
        f"{now.state} for {clock_time(now.age_seconds)} · {now.steps} steps · "
        f"{count(now.total_tokens)} tokens · {aiu(now.nano_aiu)} AIU · {now.run_id}"
    )


def _lines(seen: Seen) -> list[Text]:
    """One line; what was said of a loss has one of its own, because it tells what to mend."""
    event = seen.event
    if event is None:
        return [Text(f"refused   {one_line(seen.reason)}: {one_line(seen.detail)}", "red")]
    kind: str = event["event_type"]
    data: dict[str, Any] = event["data"]
    detail = data.get("detail") if kind == "telemetry_loss" else None
    told, tone = what_happened(kind, data | {"detail": None} if detail else data)
    line = Text()
    line.append(f"{event['ts'][11:19]} ", "dim")
    line.append(f"{one_line(event['emitter']):<8} ", "dim")
    line.append(f"{kind:<{TYPE_CELLS}} ", COLOURS.get(kind, "dim"))
    line.append(one_line(told), TONES[tone])
    return [line, Text(f"{DETAIL}{one_line(detail)}", TONES[tone])] if detail else [line]


def _cut(line: Text, width: int) -> Text:
    shown = line.copy()
    shown.truncate(width, overflow="ellipsis")
    return shown

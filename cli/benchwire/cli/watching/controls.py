"""What the person at the screen has chosen: filter, order, page, the run under the cursor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from benchwire.analysis.live.lines import RunLine

Page = Literal["overview", "timeline", "help"]
Wish = Literal["quit", "open", "close"] | None
"""What a key asks for that is not the screen's own affair."""

SORTS: Final[dict[str, Callable[[RunLine], Any]]] = {
    "silence": lambda run: -run.last_event_age_seconds,
    "tokens": lambda run: -(run.total_tokens or 0),
    "AIU": lambda run: -(run.nano_aiu or 0),
    "steps": lambda run: -run.steps,
    "age": lambda run: -run.age_seconds,
    "name": lambda _run: 0,
}
"""Orders of the running trials; equals go by name."""
PAGE_LINES: Final = 10
FILTER_MAX: Final = 100


@dataclass(slots=True)
class Controls:
    """The state of the screen that keys change."""

    page: Page = "overview"
    sort: str = "silence"
    filter_text: str = ""
    is_typing: bool = False
    """Whether keys go into the filter."""
    is_paused: bool = False
    selected: str | None = None
    """The run under the cursor."""
    scrolled: int = 0
    """Lines that the timeline is scrolled back from its end."""
    shown: list[RunLine] = field(default_factory=list[RunLine])
    """Runs that pass the filter, in order, as last drawn."""

    def arrange(self, runs: Sequence[RunLine]) -> list[RunLine]:
        """Filter and sort runs; keeps the cursor on its run, or on the first."""
        words = self.filter_text.casefold().split()
        fitting = [run for run in runs if all(word in _searched(run) for word in words)]
        self.shown = sorted(fitting, key=lambda run: (SORTS[self.sort](run), _name(run)))
        if self.selected not in {run.run_id for run in self.shown}:
            self.selected = self.shown[0].run_id if self.shown else None
        return self.shown

    @property
    def cursor(self) -> int:
        """Place of the run under the cursor; 0 without one."""
        places = [at for at, run in enumerate(self.shown) if run.run_id == self.selected]
        return places[0] if places else 0

    def press(self, key: str) -> Wish:
        """Heed a key; returns what it asks of others."""
        if key == "interrupt":
            return "quit"
        if self.is_typing:
            self._type(key)
            return None
        if self.page == "help":
            self.page = "overview"
            return None
        if key == "q":
            return "quit"
        if self.page == "timeline":
            return self._in_timeline(key)
        return self._in_overview(key)

    def _type(self, key: str) -> None:
        if key == "enter":
            self.is_typing = False
        elif key == "escape":
            self.is_typing, self.filter_text = False, ""
        elif key == "backspace":
            self.filter_text = self.filter_text[:-1]
        elif len(key) == 1:
            self.filter_text = (self.filter_text + key)[:FILTER_MAX]

    def _in_overview(self, key: str) -> Wish:
        if key == "enter" and self.selected is not None:
            self.page, self.scrolled = "timeline", 0
            return "open"
        if key == "/":
            self.is_typing = True
        elif key == "escape":
            self.filter_text = ""
        elif key == "s":
            names = list(SORTS)
            self.sort = names[(names.index(self.sort) + 1) % len(names)]
        elif key in {"p", " "}:
            self.is_paused = not self.is_paused
        elif key in {"?", "h"}:
            self.page = "help"
        else:
            self._move(key)
        return None

    def _in_timeline(self, key: str) -> Wish:
        if key in {"escape", "backspace", "enter"}:
            self.page = "overview"
            return "close"
        if key == "end":
            self.scrolled = 0
        else:
            self.scrolled = max(0, self.scrolled - _distance(key))
        return None

    def _move(self, key: str) -> None:
        distance = _distance(key)
        if self.shown and distance:
            place = min(max(0, self.cursor + distance), len(self.shown) - 1)
            self.selected = self.shown[place].run_id


def _distance(key: str) -> int:
    """So many lines down a key goes."""
    steps = {
        "down": 1,
        "j": 1,
        "up": -1,
        "k": -1,
        "page down": PAGE_LINES,
        "page up": -PAGE_LINES,
        "end": 1_000_000,
        "home": -1_000_000,
    }
    return steps.get(key, 0)


def _name(run: RunLine) -> tuple[str, str, str, int, str]:
    return (run.experiment_id, run.policy_id, run.task_id, run.trial_no or 0, run.run_id)


def _searched(run: RunLine) -> str:
    parts = (
        run.experiment_id,
        run.job_id,
        run.policy_id,
        run.task_id,
        str(run.trial_no or ""),
        run.run_id,
        run.model or "",
        run.state,
        run.last_tool or "",
    )
    return "\n".join(parts).casefold()

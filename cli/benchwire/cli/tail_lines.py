"""One event in one line: when, who, what sort, and what happened."""

import os
import shutil
import sys
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import typer
from rich.cells import cell_len

from benchwire.cli.cells import cut, fitted, run_path
from benchwire.cli.safe_text import one_line
from benchwire.cli.tail_facts import what_happened

if TYPE_CHECKING:
    from benchwire.consumer.tailing import Seen

WHO_CELLS_MIN: Final = 26
WHO_CELLS_MAX: Final = 44
WHO_SHARE: Final = 0.3
TYPE_CELLS: Final = 9
"""As wide as the frequent types; rarer, longer ones push what follows."""
PIPE_CELLS: Final = 400
RUNS_REMEMBERED: Final = 10_000
SHORT_ID: Final = 6
SUBJECT_TOKENS: Final = 6

COLOURS: Final = {
    "run_start": "cyan",
    "step": "blue",
    "tool_call": "magenta",
    "context_decision": "yellow",
    "failure": "red",
    "run_stop": "cyan",
    "verdict": "cyan",
    "telemetry_loss": "red",
    "optimizer_update": "green",
    "dead_letter": "red",
}
TONES: Final = {"good": "green", "bad": "red", "plain": None}


def json_line(seen: "Seen") -> bytes:
    """Return an event's own bytes, or what stands for a line that is none."""
    if seen.event is not None:
        return seen.line
    return msgspec.json.encode(
        {
            "dead_letter": {
                "key": str(seen.key),
                "reason": seen.reason,
                "detail": seen.detail,
                "subject": seen.message.subject,
                "raw": seen.line.decode("utf-8", "backslashreplace"),
            }
        }
    )


class LineFormat:
    """Writes lines for people; remembers what runs are called."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._colour = self._terminal and "NO_COLOR" not in os.environ
        self._trials: OrderedDict[str, int | None] = OrderedDict()
        self._date = datetime.now(UTC).date().isoformat()

    def text(self, seen: "Seen") -> str:
        """Return one line; on a terminal no wider than that."""
        width = shutil.get_terminal_size().columns if self._terminal else PIPE_CELLS
        who_cells = min(WHO_CELLS_MAX, max(WHO_CELLS_MIN, int(width * WHO_SHARE)))
        event = seen.event
        if event is None:
            at, kind = _received(seen), "dead_letter"
            who = _addressee(seen.message.subject, who_cells)
            what, tone = f"{seen.key} {seen.reason}: {seen.detail}", "bad"
        else:
            at, kind = event["ts"], event["event_type"]
            who = self._who(event, who_cells)
            what, tone = what_happened(kind, event["data"])
        head = f"{at[11:19]} {fitted(who, who_cells)} {kind:<{TYPE_CELLS}} "
        shown = cut(one_line(what), max(0, width - cell_len(head)))
        date = self._new_date(at[:10])
        if not self._colour:
            return date + (head + shown).rstrip()
        return date + self._painted(at[11:19], fitted(who, who_cells), kind, (shown, tone))

    def _painted(self, at: str, who: str, kind: str, what: tuple[str, str]) -> str:
        shown, tone = what
        return " ".join(
            (
                typer.style(at, dim=True),
                who,
                typer.style(f"{kind:<{TYPE_CELLS}}", fg=COLOURS.get(kind), dim=kind not in COLOURS),
                typer.style(shown, fg=TONES[tone]),
            )
        )

    def _who(self, event: dict[str, Any], cells: int) -> str:
        """Name the run: by its trial if that is known, else by the end of its id.

        The end, because ids of runs that start together begin alike.
        """
        run_id = event["run_id"]
        if event["event_type"] == "run_start":
            self._trials[run_id] = event["data"].get("trial_no")
            while len(self._trials) > RUNS_REMEMBERED:
                self._trials.popitem(last=False)
        trial = self._trials.get(run_id)
        last = f"~{run_id[-SHORT_ID:]}" if trial is None else str(trial)
        return run_path(event["policy_id"], event["task_id"], last, cells)

    def _new_date(self, date: str) -> str:
        """Return a line with the date where it changes, and where it is not today's."""
        if date == self._date:
            return ""
        self._date = date
        return (typer.style(date, bold=True) if self._colour else date) + "\n"


def _addressee(subject: str, cells: int) -> str:
    """Name the run that a subject of ours is about; nothing for another subject."""
    tokens = subject.split(".")
    if len(tokens) != SUBJECT_TOKENS:
        return ""
    *_, policy, task, run_id = tokens
    return run_path(policy, task, f"~{one_line(run_id)[-SHORT_ID:]}", cells)


def _received(seen: "Seen") -> str:
    from benchwire.consumer.decoder import received_at  # noqa: PLC0415

    return received_at(seen.message)

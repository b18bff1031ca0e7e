"""The lines above the tables of the watch screen, and how the watcher itself is doing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from benchwire.analysis.live.lines import Picture
from benchwire.cli.cells import cut
from benchwire.cli.run_figures import NANO, aiu
from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.stream_probe import StreamReading
from benchwire.cli.watching.tables import US_PER_SECOND, lost, plain

SEPARATOR: Final = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How the watcher itself is doing."""

    experiment_id: str | None
    """The one that is watched; None: all."""
    is_live: bool
    loaded: int
    to_load: int
    trouble: str
    error: str
    missing: str
    n_refused: int
    events_per_second: float
    reading: StreamReading | None
    known_experiments: tuple[str, ...] = ()
    """While nothing of the one that is watched is known: those that are, the latest first."""

    @property
    def title(self) -> str:
        """What is watched."""
        return self.experiment_id or "all experiments"

    @property
    def is_all_known(self) -> bool:
        """Whether all there is now was taken up; without a stream, that is nothing."""
        return self.is_live or (self.reading is not None and not self.reading.began_us)


def head(
    picture: Picture, situation: Situation, controls: Controls, width: int, *, is_low: bool
) -> list[Text]:
    """Lines above the tables: what is watched, how far it is, what it costs, how far storing is."""
    lines = [_title(picture, situation, controls, width)]
    if picture.n_runs:
        lines += [_summary(picture, situation, width), plain(_cost(picture), width)]
    if situation.trouble:
        why = f": {situation.error}" if situation.error else ""
        lines.append(plain(situation.trouble + why, width, "yellow"))
    elif not is_low:
        lines.append(plain(_lag(situation), width, "dim"))
    if situation.missing:
        lines.append(plain(f"incomplete: {situation.missing}", width, "yellow"))
    return lines


def _title(picture: Picture, situation: Situation, controls: Controls, width: int) -> Text:
    now = datetime.fromtimestamp(picture.now_us / US_PER_SECOND, UTC)
    state, style = _standing(situation, controls)
    right = f"{state}  {now:%H:%M:%S} UTC"
    left = cut(f"benchwire watch  {situation.title}", max(0, width - cell_len(right) - 2))
    line = Text()
    line.append(left, "bold")
    line.append(" " * max(1, width - cell_len(left) - cell_len(right)))
    line.append(state, style)
    line.append(f"  {now:%H:%M:%S} UTC", "dim")
    line.truncate(width)
    return line


def _standing(situation: Situation, controls: Controls) -> tuple[str, str]:
    if situation.trouble or (situation.is_live and situation.reading is None):
        return "reconnecting" if situation.is_live else "connecting", "bold yellow"
    if not situation.is_live:
        of = f"{situation.loaded:,} of {situation.to_load:,}" if situation.to_load else "…"
        return f"loading {of}", "cyan"
    return ("paused", "bold yellow") if controls.is_paused else ("live", "green")


def _summary(picture: Picture, situation: Situation, width: int) -> Text:
    parts = [f"{len(picture.runs)} running"]
    if picture.n_stalled:
        parts.append(f"{picture.n_stalled} stalled")
    parts.append(f"{picture.n_trials_done} of {picture.n_trials_expected} trials done")
    line = Text(SEPARATOR.join(parts))
    if picture.n_declared_lost:
        line.append(SEPARATOR)
        line.append(lost(picture.n_declared_lost), "yellow")
    line.append(f"{SEPARATOR}{situation.events_per_second:.0f} events/s")
    line.truncate(width, overflow="ellipsis")
    return line


def _cost(picture: Picture) -> str:
    spending = picture.spending
    if spending.spent_nano_aiu is None:
        return "cost not stated"
    parts = [f"{aiu(spending.spent_nano_aiu)} AIU"]
    if spending.nano_aiu_per_minute is not None:
        parts.append(f"{spending.nano_aiu_per_minute / NANO:.3f} AIU/min")
    begun, whole = spending.projected_begun_nano_aiu, spending.projected_nano_aiu
    ends: list[str] = []
    if picture.runs and begun is not None and begun != whole:
        ends.append(f"{begun / NANO:.3f} when these end")
    if picture.jobs and whole is not None:
        ends.append(f"{whole / NANO:.3f} in the end")
    if ends:
        parts.append(f"about {', '.join(ends)}")
    return SEPARATOR.join(parts)


def _lag(situation: Situation) -> str:
    reading = situation.reading
    if reading is None:
        return f"stream: no answer{f': {situation.error}' if situation.error else ''}"
    parts = [f"stream: {reading.n_messages:,} messages"]
    if reading.n_behind is None:
        parts.append("nobody stores them")
    elif reading.n_behind:
        who = "" if reading.is_consumed else ", and no consumer asks"
        parts.append(f"consumer: {reading.n_behind:,} behind{who}")
    else:
        parts.append("consumer: all stored")
    if situation.n_refused:
        parts.append(f"{situation.n_refused:,} lines refused")
    return SEPARATOR.join(parts)

"""One frame of the watch screen as lines: no terminal is needed to make it, nor to test it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from benchwire.analysis.live.picture import Picture
from benchwire.cli.cells import cut
from benchwire.cli.run_figures import NANO, aiu
from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.stream_probe import StreamReading
from benchwire.cli.watching.tables import (
    US_PER_SECOND,
    failure_row,
    policy_columns,
    run_columns,
    run_style,
    shortened,
)

LOW: Final = 16
"""A screen with fewer lines shows less about the stream."""
POLICIES_PART: Final = 4
FAILURES_PART: Final = 5
"""So small a part of the lines is theirs even where there are more running trials."""
FAILURES_ONCE_MAX: Final = 20
"""Failures of a frame that has no height."""
KEYS: Final = "q quit  / filter  s sort  enter timeline  p pause  ? help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How the watcher itself is doing."""

    title: str
    is_live: bool
    loaded: int
    to_load: int
    trouble: str
    error: str
    missing: str
    n_refused: int
    events_per_second: float
    reading: StreamReading | None


@dataclass(frozen=True, slots=True)
class Shares:
    """Lines of each part."""

    policies: int
    runs: int
    failures: int


def overview(
    picture: Picture, situation: Situation, controls: Controls, width: int, height: int | None
) -> list[Text]:
    """All of it; `height` None: as many lines as there are rows."""
    runs = controls.arrange(picture.runs)
    head = _head(picture, situation, controls, width, is_low=height is not None and height < LOW)
    if height is None:
        shares = Shares(len(picture.policies), len(runs), FAILURES_ONCE_MAX)
    else:
        shares = _shares(picture, len(runs), height - len(head) - 1)
    parts = (
        _policies(picture, shares.policies, width),
        _runs(picture, controls, shares.runs, width, has_cursor=height is not None),
        _failures(picture, shares.failures, width),
    )
    if height is None:
        return [*head, *_spaced(parts, len(parts))]
    room = max(0, height - len(head) - 1)
    body = _spaced(parts, room - sum(len(part) for part in parts))
    return [*[*head, *body, *[Text()] * room][: height - 1], _foot(controls, width)]


def _head(
    picture: Picture, situation: Situation, controls: Controls, width: int, *, is_low: bool
) -> list[Text]:
    lines = [
        _title(picture, situation, controls, width),
        _plain(_summary(picture, situation), width),
        _plain(_cost(picture), width),
    ]
    if situation.trouble:
        why = f": {situation.error}" if situation.error else ""
        lines.append(_plain(situation.trouble + why, width, "yellow"))
    elif not is_low:
        lines.append(_plain(_lag(situation), width, "dim"))
    if situation.missing:
        lines.append(_plain(f"incomplete: {situation.missing}", width, "yellow"))
    return lines


def _spaced(parts: Sequence[list[Text]], spare: int) -> list[Text]:
    """Put an empty line before each part while there is room to spare."""
    lines: list[Text] = []
    for part in parts:
        if part and spare > 0:
            lines.append(Text())
            spare -= 1
        lines += part
    return lines


def _shares(picture: Picture, n_runs: int, room: int) -> Shares:
    """Divide the lines: runs may take most; what they do not need goes to the others."""
    n_policies, n_failures = len(picture.policies), len(picture.failures)
    policies = min(n_policies, max(1, room // POLICIES_PART))
    failures = min(n_failures, max(1, room // FAILURES_PART))
    titles = 2 + bool(failures)
    runs = max(1, room - titles - policies - failures)
    spare = max(0, runs - max(1, n_runs))
    more_policies = min(spare, n_policies - policies)
    more_failures = min(spare - more_policies, n_failures - failures)
    return Shares(
        policies + more_policies, runs - more_policies - more_failures, failures + more_failures
    )


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


def _summary(picture: Picture, situation: Situation) -> str:
    parts = [f"{len(picture.runs)} running"]
    if picture.n_stalled:
        parts.append(f"{picture.n_stalled} stalled")
    parts.append(f"{picture.n_counted} of {picture.n_trials} trials done")
    parts.append(f"{situation.events_per_second:.0f} events/s")
    return " · ".join(parts)


def _cost(picture: Picture) -> str:
    spending = picture.spending
    if spending.spent_nano_aiu is None:
        return "cost not stated"
    parts = [f"{aiu(spending.spent_nano_aiu)} AIU"]
    if spending.nano_aiu_per_minute is not None:
        parts.append(f"{spending.nano_aiu_per_minute / NANO:.3f} AIU/min")
    if spending.projected_nano_aiu is not None and picture.runs:
        parts.append(f"about {spending.projected_nano_aiu / NANO:.3f} AIU when these end")
    return " · ".join(parts)


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
    return " · ".join(parts)


def _policies(picture: Picture, lines: int, width: int) -> list[Text]:
    """Experiments that go on stand first, because they may be all there is room for."""
    going_on = {line.experiment_id for line in picture.policies if line.n_running}
    ordered = sorted(picture.policies, key=lambda line: line.experiment_id not in going_on)
    table = policy_columns(ordered, width)
    cut_off = len(ordered) > lines
    title = f"policy ({lines} of {len(ordered)})" if cut_off else "policy"
    return [table.header(title), *[table.row(line) for line in ordered[:lines]]]


def _runs(
    picture: Picture, controls: Controls, lines: int, width: int, *, has_cursor: bool
) -> list[Text]:
    table = run_columns(width)
    runs = controls.shown
    first = 0
    if has_cursor and len(runs) > lines:
        first = min(max(0, controls.cursor - lines // 2), len(runs) - lines)
    shown = runs[first : first + lines]
    title = f" running, by {controls.sort}"
    if len(shown) < len(picture.runs):
        title = f" {first + 1}-{first + len(shown)} of {len(picture.runs)}, by {controls.sort}"
    rows = [
        table.row(run, run_style(run, is_selected=has_cursor and run.run_id == controls.selected))
        for run in shown
    ]
    if not rows:
        nothing = "no running trial fits the filter" if picture.runs else "no trial is running"
        rows = [_plain(f" {nothing}", width, "dim")]
    return [table.header(title), *rows]


def _failures(picture: Picture, lines: int, width: int) -> list[Text]:
    if not picture.failures or not lines:
        return []
    shown: Sequence[Text] = [failure_row(line, width) for line in picture.failures[:lines]]
    return [Text("latest failures", "bold"), *shown]


def _foot(controls: Controls, width: int) -> Text:
    if controls.is_typing:
        return _plain(f"filter: {controls.filter_text}_   (enter: keep, esc: clear)", width, "bold")
    if controls.filter_text:
        return _plain(f"filter: {controls.filter_text}   (esc: clear)  {KEYS}", width, "dim")
    return _plain(KEYS, width, "dim")


def _plain(text: str, width: int, style: str = "") -> Text:
    return Text(shortened(text, width), style)

"""One frame of the watch screen as lines: no terminal is needed to make it, nor to test it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from benchwire.analysis.live.lines import FailureLine, Picture
from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.head import Situation, head
from benchwire.cli.watching.nothing_yet import nothing_yet
from benchwire.cli.watching.tables import (
    failure_row,
    plain,
    policy_columns,
    run_columns,
    run_style,
)

LOW: Final = 16
"""A screen with fewer lines shows less about the stream."""
POLICIES_PART: Final = 4
FAILURES_PART: Final = 5
"""So small a part of the lines is theirs even where there are more running trials."""
EMPTY_LINES: Final = 3
"""Failures beyond their part leave room for the empty line before each table."""
LOSSES_PART: Final = 3
"""Of the failures, this part may be losses of events where there are enough others."""
FAILURES_ONCE_MAX: Final = 20
"""Failures of a frame that has no height."""
KEYS: Final = "q quit  / filter  s sort  enter timeline  p pause  ? help"


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
    above = head(picture, situation, controls, width, is_low=height is not None and height < LOW)
    if height is None:
        shares = Shares(len(picture.policies), len(runs), FAILURES_ONCE_MAX)
    else:
        shares = _shares(picture, len(runs), height - len(above) - 1)
    if situation.is_all_known and not picture.n_runs:
        parts = [nothing_yet(situation, width)]
    else:
        parts = [
            _policies(picture, shares.policies, width),
            _runs(picture, controls, shares.runs, width, has_cursor=height is not None),
            _failures(picture, shares.failures, width),
        ]
    if height is None:
        return [*above, *_spaced(parts, len(parts))]
    room = max(0, height - len(above) - 1)
    body = _spaced(parts, room - sum(len(part) for part in parts))
    return [*[*above, *body, *[Text()] * room][: height - 1], _foot(controls, width)]


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
    more_failures = min(max(0, spare - more_policies - EMPTY_LINES), n_failures - failures)
    return Shares(
        policies + more_policies, runs - more_policies - more_failures, failures + more_failures
    )


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
    table = run_columns(picture.runs, width)
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
        rows = [plain(f" {nothing}", width, "dim")]
    return [table.header(title), *rows]


def _failures(picture: Picture, lines: int, width: int) -> list[Text]:
    if not picture.failures or not lines:
        return []
    shown = [failure_row(line, width) for line in _told(picture.failures, lines)]
    return [Text("latest failures", "bold"), *shown]


def _told(failures: Sequence[FailureLine], lines: int) -> list[FailureLine]:
    """The latest; of losses, which each run may have, no more than leave room to failures."""
    losses = [line for line in failures if line.n_declared_lost]
    room = max(1, lines // LOSSES_PART, lines - (len(failures) - len(losses)))
    left_out = {line.run_id for line in losses[room:]}
    told = [line for line in failures if not (line.n_declared_lost and line.run_id in left_out)]
    return told[:lines]


def _foot(controls: Controls, width: int) -> Text:
    if controls.is_typing:
        return plain(f"filter: {controls.filter_text}_   (enter: keep, esc: clear)", width, "bold")
    if controls.filter_text:
        return plain(f"filter: {controls.filter_text}   (esc: clear)  {KEYS}", width, "dim")
    return plain(KEYS, width, "dim")

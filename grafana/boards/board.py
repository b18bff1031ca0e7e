"""Puts panels onto a dashboard, row after row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafana.boards.panels import AnyPanel
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    QueryVariable,
    Row,
    TimePicker,
)
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType, GridPos

WIDTH: Final = 24
TAG: Final = "benchwire"
REFRESHES: Final = ["5s", "10s", "30s", "1m", "5m", "15m"]
UIDS: Final = {
    name: f"benchwire-{name}" for name in ("experiments", "live", "run", "tools", "operations")
}
RUN_URL: Final = f"/d/{UIDS['run']}?${{experiment:queryparam}}&var-run=${{__data.fields.run_id}}"
"""Where the run of a row is shown, on dashboards of one experiment."""


@dataclass(frozen=True, slots=True)
class Line:
    """Panels beside each other; each takes its width, all the same height."""

    height: int
    panels: Sequence[tuple[int, AnyPanel]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under a heading."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard; `since` is how far back it looks, None: its reports have no time range."""

    name: str
    title: str
    about: str
    variables: Sequence[QueryVariable]
    sections: Sequence[Section]
    refresh: str
    since: str | None = None

    @property
    def uid(self) -> str:
        """The name in links."""
        return UIDS[self.name]

    def build(self) -> dict[str, Any]:
        """The dashboard's document."""
        board = (
            Dashboard(self.title)
            .uid(self.uid)
            .description(self.about)
            .tags([TAG])
            .readonly()
            .timezone("browser")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .refresh(self.refresh)
            .time(self.since or "now-24h", "now")
            .timepicker(TimePicker().hidden(self.since is None).refresh_intervals(REFRESHES))
        )
        for variable in self.variables:
            board.with_variable(variable)
        for other, uid in UIDS.items():
            if other not in {self.name, "run"}:
                board.link(_link(other, uid, passes=other != "operations"))
        _place(board, self.sections)
        return board.build().to_json()


def _link(name: str, uid: str, *, passes: bool) -> DashboardLink:
    link = DashboardLink(name.capitalize()).type(DashboardLinkType.LINK).url(f"/d/{uid}")
    return link.include_vars(passes).icon("dashboard").tooltip(f"the dashboard {name}")


def _place(board: Dashboard, sections: Sequence[Section]) -> None:
    number, y = 0, 0
    for section in sections:
        number += 1
        board.with_row(Row(section.title).id(number).grid_pos(GridPos(h=1, w=WIDTH, x=0, y=y)))
        y += 1
        for line in section.lines:
            x = 0
            for width, panel in line.panels:
                number += 1
                built = panel.build()
                built.id_val = number
                built.grid_pos = GridPos(h=line.height, w=width, x=x, y=y)
                board.with_panel(panel)
                x += width
            y += line.height

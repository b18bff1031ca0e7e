"""Panels, one function for each kind that dashboards use; all of them say what they show."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, Self, TypeVar

from grafana.boards.question import Question
from grafana.boards.source import SOURCE, TABLE, TIME_SERIES, Sql
from grafana.boards.units import RATE, TEXT, Unit, units_of
from grafana_foundation_sdk.builders import (
    barchart,
    common,
    stat,
    table,
    timeseries,
    xychart,
)
from grafana_foundation_sdk.builders import trend as trend_panel
from grafana_foundation_sdk.cog import builder as cogbuilder
from grafana_foundation_sdk.cog import variants as cogvariants
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import xychart as xy_model
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

AnyPanel = cogbuilder.Builder[model.Panel]
NAMES_ROTATED_DEGREES: Final = -30
WIDE_COLUMN_PX: Final = 320


class _Panel(Protocol):
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: shared.DataSourceRef) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def decimals(self, decimals: float) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def with_target(self, target: cogbuilder.Builder[cogvariants.Dataquery]) -> Self: ...
    def override_by_name(self, name: str, properties: list[DynamicConfigValue]) -> Self: ...


P = TypeVar("P", bound=_Panel)


def figures(title: str, about: str, question: Question) -> AnyPanel:
    """The columns of one row, each as a large figure."""
    panel = _described(stat.Panel(), title, about, question)
    # Of one row, so that a text is shown as well as a number.
    every = common.ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields("/.*/")
    return (
        panel.reduce_options(every)
        .graph_mode(shared.BigValueGraphMode.NONE)
        .color_mode(shared.BigValueColorMode.NONE)
        .text_mode(shared.BigValueTextMode.VALUE_AND_NAME)
    )


def rows(  # noqa: PLR0913 - what is shown, and how
    title: str,
    about: str,
    question: Question,
    *,
    links: Mapping[str, str] | None = None,
    gauges: Sequence[str] = (),
    wide: Sequence[str] = (),
) -> AnyPanel:
    """A table; columns may be links, by their URL, drawn as gauges from 0 to 1, or wide."""
    panel = _described(table.Panel(), title, about, question).filterable(True)
    for column, url in (links or {}).items():
        link = {"title": "open", "url": url, "targetBlank": False}
        panel.override_by_name(column, [DynamicConfigValue(id_val="links", value=[link])])
    for column in gauges:
        cell = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        panel.override_by_name(
            column,
            [
                DynamicConfigValue(id_val="custom.cellOptions", value=cell),
                DynamicConfigValue(id_val="min", value=0),
                DynamicConfigValue(id_val="max", value=1),
                DynamicConfigValue(id_val="custom.width", value=150),
            ],
        )
    for column in wide:
        panel.override_by_name(
            column, [DynamicConfigValue(id_val="custom.width", value=WIDE_COLUMN_PX)]
        )
    return panel


def bars(
    title: str, about: str, question: Question, unit: Unit, *, stacked: bool = False
) -> AnyPanel:
    """Bars over the texts of the first column, one for each further column."""
    panel = _described(barchart.Panel(), title, about, question, unit)
    if stacked:
        panel.stacking(shared.StackingMode.NORMAL)
    return (
        panel.x_field(question.names[0])
        .x_tick_label_max_length(24)
        .x_tick_label_rotation(0 if stacked else NAMES_ROTATED_DEGREES)
        .show_value(shared.VisibilityMode.NEVER)
        .group_width(0.8)
        .fill_opacity(80)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def over_time(
    title: str, about: str, question: Question, unit: Unit, *, stacked: bool = False
) -> AnyPanel:
    """Lines over the time in the first column, or areas on top of each other."""
    panel = _described(timeseries.Panel(), title, about, question, unit, shape=TIME_SERIES)
    if stacked:
        panel.stacking(common.StackingConfig().mode(shared.StackingMode.NORMAL))
    return (
        panel.line_width(1)
        .fill_opacity(35 if stacked else 10)
        .show_points(shared.VisibilityMode.AUTO)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def over_number(title: str, about: str, question: Question, unit: Unit) -> AnyPanel:
    """Lines over the number in the first column, which must rise from row to row."""
    return (
        _described(trend_panel.Panel(), title, about, question, unit)
        .x_field(question.names[0])
        .line_width(1)
        .fill_opacity(10)
        .show_points(shared.VisibilityMode.AUTO)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def points(  # noqa: PLR0913 - what is drawn, and how
    title: str, about: str, question: Question, unit: Unit, *, by: str = "", joined: bool = False
) -> AnyPanel:
    """The other columns over the first number; one series for each value of a column `by`."""
    show = xy_model.XYShowMode.POINTS_AND_LINES if joined else xy_model.XYShowMode.POINTS
    panel = _described(xychart.Panel(), title, about, question, unit)
    if by:
        options = {"fields": [by], "keepFields": False, "naming": {"asLabels": True}}
        panel.with_transformation(
            model.DataTransformerConfig(id_val="partitionByValues", options=options)
        )
    if unit is RATE:
        panel.min(0)
    # Grafana takes the first number for x, and every further one for a series of its own.
    return (
        panel.mapping(xy_model.SeriesMapping.AUTO)
        .series([xychart.XYSeriesConfig()])
        .show(show)
        .point_size(xychart.XychartFieldConfigPointSize().fixed(8))
        .legend(_legend())
        .tooltip(_tooltip())
    )


def _described(  # noqa: PLR0913 - what every panel says
    panel: P,
    title: str,
    about: str,
    question: Question,
    unit: Unit = TEXT,
    *,
    shape: str = TABLE,
) -> P:
    panel.title(title).description(about).datasource(SOURCE).no_value("-")
    panel.with_target(Sql(question, query_type=shape)).unit(unit.id)
    if unit.decimals is not None:
        panel.decimals(unit.decimals)
    for name, own in units_of(question.names).items():
        if own != unit:
            panel.override_by_name(name, own.properties())
    return panel


def _legend() -> Any:
    return (
        common.VizLegendOptions()
        .display_mode(shared.LegendDisplayMode.LIST)
        .placement(shared.LegendPlacement.BOTTOM)
        .show_legend(True)
    )


def _tooltip() -> Any:
    return common.VizTooltipOptions().mode(shared.TooltipDisplayMode.MULTI)

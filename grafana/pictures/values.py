"""Writes values in the units that the dashboards use, about as Grafana does."""

import math
from datetime import UTC, datetime
from typing import Any, Final

Value = str | float | bool | None
_SHORT: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_TIMES: Final = ((86_400_000.0, "day"), (3_600_000.0, "h"), (60_000.0, "min"), (1000.0, "s"))
_BYTES: Final = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))
_SHOWN_AS_TIME: Final = "dateTimeAsIso"


class Units:
    """The units of a panel's columns: the panel's own, but for overrides by name."""

    def __init__(self, panel: dict[str, Any]) -> None:
        config = panel["fieldConfig"]
        self._default: dict[str, Any] = config["defaults"]
        self._own: dict[str, dict[str, Any]] = {}
        for override in config["overrides"]:
            properties = {said["id"]: said["value"] for said in override["properties"]}
            self._own.setdefault(override["matcher"]["options"], {}).update(properties)

    def written(self, column: str, value: Value) -> str:
        """A value of a column, as it is shown."""
        own = self._own.get(column, {})
        source = own if "unit" in own else self._default
        return written(value, str(source["unit"]), source.get("decimals"))

    def is_gauge(self, column: str) -> bool:
        """Whether a table draws the column as a bar from 0 to 1."""
        return "custom.cellOptions" in self._own.get(column, {})

    def is_link(self, column: str) -> bool:
        """Whether a value leads elsewhere."""
        return "links" in self._own.get(column, {})


def written(value: Value, unit: str, decimals: int | None) -> str:
    """A value in a unit of Grafana's."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if unit in {_SHOWN_AS_TIME, "string"} or isinstance(value, str):
        return str(value)[:19] if unit == _SHOWN_AS_TIME else str(value)
    match unit:
        case "percentunit":
            return f"{value * 100:.{decimals or 0}f}%"
        case "short":
            return _scaled(value, "", _SHORT, 1)
        case "ms":
            return _scaled(value, " ms", _TIMES, 2)
        case "s":
            return _scaled(value * 1000, " ms", _TIMES, 2)
        case "bytes":
            return _scaled(value, " B", _BYTES, 1)
        case "cps":
            return f"{value:.{decimals or 0}f} c/s"
        case _ if unit.startswith("suffix:"):
            return f"{value:.{decimals or 0}f}{unit.removeprefix('suffix:')}"
        case _:
            return f"{value:.{decimals or 0}f}"


def moment(value: Value) -> float:
    """A time as the store writes it, in seconds since 1970."""
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC).timestamp()


def _scaled(value: float, unit: str, steps: tuple[tuple[float, str], ...], decimals: int) -> str:
    for size, name in steps:
        if abs(value) >= size:
            return f"{value / size:.1f}{' ' if unit else ''}{name}"
    return f"{value:.0f}{unit}" if value == int(value) else f"{value:.{decimals}f}{unit}"

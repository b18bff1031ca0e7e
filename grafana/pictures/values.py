"""Writes values in the units that the dashboards use, about as Grafana does."""

from datetime import UTC, datetime
from typing import Any, Final

Value = str | float | bool | None
_SHORT: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_TIMES: Final = ((86_400_000.0, "day"), (3_600_000.0, "h"), (60_000.0, "min"), (1000.0, "s"))
_BYTES: Final = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))
_STEPS: Final = {
    "short": ("", _SHORT, 1),
    "ms": (" ms", _TIMES, 2),
    "s": (" ms", _TIMES, 2),
    "bytes": (" B", _BYTES, 1),
}
"""For units that are written larger as values grow: their own name, the larger ones, decimals."""
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
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if unit == _SHOWN_AS_TIME:
        return str(value)[:19]
    return value if isinstance(value, str) else _number(value, unit, decimals or 0)


def _number(value: float, unit: str, decimals: int) -> str:
    if unit in _STEPS:
        own, steps, digits = _STEPS[unit]
        return _scaled(value * (1000 if unit == "s" else 1), own, steps, digits)
    if unit == "percentunit":
        return f"{value * 100:.{decimals}f}%"
    after = " c/s" if unit == "cps" else unit.removeprefix("suffix:")
    return f"{value:.{decimals}f}{'' if unit in {'none', 'string'} else after}"


def moment(value: Value) -> float:
    """A time as the store writes it, in seconds since 1970."""
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC).timestamp()


def _scaled(value: float, unit: str, steps: tuple[tuple[float, str], ...], decimals: int) -> str:
    for size, name in steps:
        if abs(value) >= size:
            return f"{value / size:.1f}{' ' if unit else ''}{name}"
    return f"{value:.0f}{unit}" if value == int(value) else f"{value:.{decimals}f}{unit}"

"""How values are shown: the unit of a column is said by its name, as everywhere in Benchwire."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of Grafana and the decimals it is shown with; None: as many as it takes."""

    id: str
    decimals: int | None = None

    def properties(self) -> list[DynamicConfigValue]:
        """The same as an override."""
        said = [DynamicConfigValue(id_val="unit", value=self.id)]
        if self.decimals is not None:
            said.append(DynamicConfigValue(id_val="decimals", value=self.decimals))
        return said


RATE: Final = Unit("percentunit", 1)
AIU: Final = Unit("suffix: AIU", 3)
TOKENS: Final = Unit("short", 1)
COUNT: Final = Unit("short", 0)
MILLISECONDS: Final = Unit("ms")
SECONDS: Final = Unit("s")
BYTES: Final = Unit("bytes")
TIME: Final = Unit("dateTimeAsIso")
NUMBER: Final = Unit("none", 3)
TEXT: Final = Unit("string")
NUMBERED: Final = Unit("none", 0)

_RULES: Final = (
    (r"_at$|^minute$|^ts$", TIME),
    (r"^(aiu|token)_ratio|^lift", Unit("none", 2)),
    (r"cache_hit_ratio|_rate|_share|^share$|^difference|anytime|detectable", RATE),
    (r"^pass_|confidence|^gap$|interval", RATE),
    (r"p_value|reward|score|impact|per_run$|^calls_per", NUMBER),
    (r"aiu", AIU),
    (r"tokens", TOKENS),
    (r"_ms(_|$)", MILLISECONDS),
    (r"_seconds", SECONDS),
    (r"bytes", BYTES),
    (r"_no$|^comes_from$|^place$|^k$|^turn$|^phase$|^attempt$", NUMBERED),
    (r"^mean_|_per_call$", Unit("none", 1)),
    (r"^n_|^steps$|^turns$|calls|failures|_modified$|requests", COUNT),
)
_MEANS: Final = {
    "context_tokens_added_per_call": TOKENS,
    "tokens_per_run": TOKENS,
    "cost_aiu_per_run": AIU,
    "aiu_per_minute_recent": AIU,
}


def unit_of(column: str) -> Unit:
    """The unit that a column's name says; text where it says none."""
    if column in _MEANS:
        return _MEANS[column]
    return next((unit for rule, unit in _RULES if re.search(rule, column)), TEXT)


def units_of(columns: Iterable[str]) -> dict[str, Unit]:
    """The units of columns that have one."""
    return {name: unit for name in columns if (unit := unit_of(name)) is not TEXT}

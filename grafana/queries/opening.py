"""What is chosen in the head of a dashboard when it is opened, and what it then asks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grafana.queries.documents import variables_of
from grafana.queries.expansion import ALL, Chosen, TimeRange, expanded

Ask = Callable[[str], Iterable[tuple[Any, ...]]]
"""Asks a store; gives rows."""


def opened(
    document: Mapping[str, Any],
    ask: Ask,
    times: TimeRange,
    preferred: Mapping[str, str] | None = None,
) -> dict[str, Chosen]:
    """Choose as Grafana does at first: all of what may be several, else the first one offered.

    `preferred` names another one than the first, by variable; it must be offered.

    Raises:
        LookupError: A preferred value is not offered.
    """
    chosen: dict[str, Chosen] = {}
    for variable in variables_of(document):
        name = variable["name"]
        sql = expanded(variable["query"]["rawSql"], chosen, times)
        offered = [str(row[0]) for row in ask(sql)]
        if variable["multi"]:
            chosen[name] = Chosen([ALL], offered)
            continue
        value = (preferred or {}).get(name, offered[0] if offered else "")
        if offered and value not in offered:
            raise LookupError(f"{name} is not offered: {value}")
        chosen[name] = Chosen(value, offered)
    return chosen


def narrowed(chosen: Mapping[str, Chosen]) -> dict[str, Chosen]:
    """Choose one of what was all: the first one offered."""
    return {
        name: Chosen([each.offered[0]], each.offered)
        if each.written == ALL and each.offered
        else each
        for name, each in chosen.items()
    }

"""Expands a panel's query as Grafana and its ClickHouse plugin do before the store gets it.

In their order: `$__conditionalAll` and variables in the browser (plugin: CHDatasource.ts; Grafana:
formatRegistry.ts of its scenes library), then the other macros in the plugin's backend
(pkg/macros/macros.go). Written from what those do, sharing nothing with them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

ALL = "$__all"
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?(?::(\w+))?\}|\$(\w+)")
_MACRO = re.compile(r"\$__(\w+?)\b(\()?")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen of a variable: one value, some, or all that it offers."""

    value: str | Sequence[str]
    offered: Sequence[str] = ()

    @property
    def written(self) -> str:
        """As Grafana keeps it: joined by commas, which is what the plugin looks at."""
        return self.value if isinstance(self.value, str) else ",".join(self.value)

    @property
    def values(self) -> str | Sequence[str]:
        """What a query gets: everything offered stands for all."""
        return self.offered if self.written == ALL else self.value


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What the time picker says, and the width of a point of the picture."""

    since: datetime
    until: datetime
    interval_seconds: float = 60.0


def expanded(raw_sql: str, variables: Mapping[str, Chosen], times: TimeRange) -> str:
    """The statement that reaches the store."""
    return with_macros(with_variables(with_conditions(raw_sql, variables), variables), times)


def with_conditions(sql: str, variables: Mapping[str, Chosen]) -> str:
    """Replace each `$__conditionalAll(condition, $name)`, the last one first."""
    macro = "$__conditionalAll("
    while (start := sql.rfind(macro)) >= 0:
        arguments, end = _arguments(sql, start + len(macro))
        match arguments:
            case [condition, named]:
                pass
            case _:
                return sql
        found = re.search(r"\$\{?(\w+)", named)
        chosen = variables.get(found[1]) if found else None
        if chosen is not None and chosen.written in {"", ALL}:
            condition = "1=1"
        sql = sql[:start] + condition + sql[end:]
    return sql


def with_variables(sql: str, variables: Mapping[str, Chosen]) -> str:
    """Replace `$name`, `${name}` and `${name:format:argument}`; others stay as they are."""

    def one(found: re.Match[str]) -> str:
        name = found[1] or found[4]
        if name not in variables:
            return found[0]
        return _formatted(name, variables[name].values, found[2] or "", found[3] or "")

    return _VARIABLE.sub(one, sql)


def with_macros(sql: str, times: TimeRange) -> str:
    """Replace the macros of the plugin's backend; an unknown one stays as it is."""
    written, at = "", 0
    for found in _MACRO.finditer(sql):
        expand = _MACROS.get(found[1])
        if expand is None or found.start() < at:
            continue
        arguments, end = _arguments(sql, found.end()) if found[2] else ([], found.end())
        written += sql[at : found.start()] + expand(times, [each.strip() for each in arguments])
        at = end
    return written + sql[at:]


def _formatted(name: str, value: str | Sequence[str], fmt: str, argument: str) -> str:
    values = [value] if isinstance(value, str) else list(value)
    match fmt:
        case "percentencode":
            return _encoded(value if isinstance(value, str) else "{" + ",".join(values) + "}")
        case "customqueryparam":
            return "&".join(f"{argument or name}={_encoded(each)}" for each in values)
        case "queryparam":
            return "&".join(f"var-{name}={_encoded(each)}" for each in values)
        case "singlequote":
            return ",".join("'" + each.replace("'", "\\'") + "'" for each in values)
        case "":
            # The plugin's own: several values are quoted, without a look at what they hold.
            return value if isinstance(value, str) else "'" + "','".join(values) + "'"
        case _:
            raise AssertionError(f"a format that these dashboards do not use: {fmt}")


def _encoded(value: str) -> str:
    """RFC 3986, as encodeURIComponent with !'()* encoded too."""
    return quote(value, safe="-_.~")


def _arguments(sql: str, start: int) -> tuple[list[str], int]:
    """The arguments of a call from behind its bracket on, and where the call ends."""
    arguments, depth, begun = list[str](), 1, start
    for at in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[at], 0)
        if depth == 0 or (depth == 1 and sql[at] == ","):
            arguments.append(sql[begun:at])
            begun = at + 1
        if depth == 0:
            return arguments, at + 1
    return [], start


def _seconds(moment: datetime) -> str:
    return f"toDateTime({int(moment.timestamp())})"


def _milliseconds(moment: datetime) -> str:
    since_epoch = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return f"fromUnixTimestamp64Milli({round(since_epoch.total_seconds() * 1000)})"


def _between(column: str, times: TimeRange, written: Callable[[datetime], str]) -> str:
    return f"{column} >= {written(times.since)} AND {column} <= {written(times.until)}"


_MACROS: dict[str, Callable[[TimeRange, list[str]], str]] = {
    "fromTime": lambda times, _: _seconds(times.since),
    "toTime": lambda times, _: _seconds(times.until),
    "fromTime_ms": lambda times, _: _milliseconds(times.since),
    "toTime_ms": lambda times, _: _milliseconds(times.until),
    "timeFilter": lambda times, said: _between(said[0], times, _seconds),
    "timeFilter_ms": lambda times, said: _between(said[0], times, _milliseconds),
    "timeInterval": lambda times, said: (
        f"toStartOfInterval(toDateTime({said[0]}), "
        f"INTERVAL {int(max(times.interval_seconds, 1))} second)"
    ),
    "interval_s": lambda times, _: str(int(max(times.interval_seconds, 1))),
}

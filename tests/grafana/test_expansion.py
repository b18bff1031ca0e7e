"""The expansion that tests use does what Grafana and its ClickHouse plugin do."""

from datetime import UTC, datetime

import pytest
from grafana.queries.expansion import ALL, Chosen, TimeRange, expanded

TIMES = TimeRange(
    datetime(2014, 11, 12, 11, 45, 26, 371000, UTC), datetime(2015, 11, 12, 11, 45, 26, 371000, UTC)
)
VARIABLES = {
    "one": Chosen("it's 100 %"),
    "some": Chosen(["a,b", "c&d"]),
    "all": Chosen([ALL], ["x", "y"]),
}
CASES = {
    "time_filter": (
        "$__timeFilter(at)",
        "at >= toDateTime(1415792726) AND at <= toDateTime(1447328726)",
    ),
    "from_time_ms": ("at > $__fromTime_ms", "at > fromUnixTimestamp64Milli(1415792726371)"),
    "from_time": ("at > $__fromTime", "at > toDateTime(1415792726)"),
    "to_time_ms": ("at < $__toTime_ms", "at < fromUnixTimestamp64Milli(1447328726371)"),
    "interval": (
        "$__timeInterval(at)",
        "toStartOfInterval(toDateTime(at), INTERVAL 60 second)",
    ),
    "interval_seconds": ("INTERVAL $__interval_s second", "INTERVAL 60 second"),
    "one_encoded": ("'${one:percentencode}'", "'it%27s%20100%20%25'"),
    "some_encoded": ("'${some:customqueryparam:p}'", "'p=a%2Cb&p=c%26d'"),
    "some_quoted": ("(${some:singlequote})", "('a,b','c&d')"),
    "all_are_those_offered": ("'${all:customqueryparam:p}'", "'p=x&p=y'"),
    "condition_of_all": ("$__conditionalAll(has(f('&', '$all'), a), $all)", "1=1"),
    "condition_of_some": ("$__conditionalAll(a IN ('x', f(1, 2)), $some)", "a IN ('x', f(1, 2))"),
    "two_conditions": ("$__conditionalAll(a, $all) AND $__conditionalAll(b, $some)", "1=1 AND b"),
    "unknown_stays": ("$nobody ${nobody:raw} $__nothing(1)", "$nobody ${nobody:raw} $__nothing(1)"),
}


@pytest.mark.parametrize("case", CASES)
def test_is_expanded(case: str) -> None:
    written, expected = CASES[case]
    assert expanded(written, VARIABLES, TIMES) == expected


def test_a_name_that_looks_like_a_macro_stays_a_name() -> None:
    named = {"one": Chosen("$__fromTime ${some} 'x")}
    sql = expanded("'${one:percentencode}'", named, TIMES)
    assert sql == "'%24__fromTime%20%24%7Bsome%7D%20%27x'"

"""Values of foreign logs, fitted into the ranges of ours."""

from math import inf, nan

import pytest

from benchwire.producer.importers import fitting, timestamps


@pytest.mark.parametrize(
    ("value", "fitted"),
    [
        (-1, -1.0),
        (0.25, 0.25),
        (10**400, None),
        (True, None),
        ("1", None),
        (nan, None),
        (-inf, None),
        (None, None),
    ],
)
def test_a_number_may_be_negative_but_is_finite(value: object, fitted: float | None) -> None:
    assert fitting.number(value) == fitted


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (0, 0),
        (1_718_000_000.25, 1_718_000_000_250_000),
        (1_718_000_000, 1_718_000_000_000_000),
        (-1, None),
        (1e300, None),
        (nan, None),
        ("1718000000", None),
    ],
)
def test_unix_seconds_are_instants(value: object, instant: int | None) -> None:
    assert timestamps.instant_us_of_seconds(value) == instant


@pytest.mark.parametrize(
    ("seconds", "milliseconds"), [(1.5, 1500.0), (0, 0.0), (-1, None), (1e308, None), ([], None)]
)
def test_seconds_are_milliseconds_if_those_are_finite(
    seconds: object, milliseconds: float | None
) -> None:
    assert fitting.milliseconds(seconds) == milliseconds


def test_a_time_in_milliseconds_beyond_all_calendars_is_none() -> None:
    assert timestamps.instant_us_of_ms(1e308) is None


def test_an_instant_beyond_all_calendars_is_the_last_of_them() -> None:
    assert timestamps.wire(10**30) == "2261-12-31T23:59:59.999999Z"
    assert timestamps.wire(-1) == "1970-01-01T00:00:00.000000Z"

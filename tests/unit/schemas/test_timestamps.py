"""Instants have one lexical form, and name a day of the calendar between 1970 and 2261."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from benchwire.schemas.timestamps import parse_timestamp, wire_timestamp, wire_timestamp_us


def test_now_is_now() -> None:
    before = time.time_ns() // 1000
    text = wire_timestamp()
    after = time.time_ns() // 1000
    assert wire_timestamp_us(before) <= text <= wire_timestamp_us(after)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00.000000Z"),
        (datetime(2261, 12, 31, 23, 59, 59, 999999, UTC), "2261-12-31T23:59:59.999999Z"),
        (datetime(2024, 2, 29, 1, 2, 3, 4, UTC), "2024-02-29T01:02:03.000004Z"),
        (
            datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))),
            "2026-02-28T23:30:00.000000Z",
        ),
    ],
)
def test_a_datetime_is_written_in_utc_and_read_back(instant: datetime, text: str) -> None:
    assert wire_timestamp(instant) == text
    assert wire_timestamp(text) == text
    assert parse_timestamp(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-31T00:00:00.000000Z",
        "2026-02-28T24:00:00.000000Z",
        "2026-02-28T23:59:60.000000Z",
        "2026-02-28T00:00:00.000000Z\n",
        "2026-02-28T00:00:00.000Z",
        "2026-02-28T00:00:00Z",
        "2026-02-28 00:00:00.000000Z",
        "2026-02-28T00:00:00.000000+00:00",
        "2026-02-28t00:00:00.000000z",
        "٢٠٢٦-02-28T00:00:00.000000Z",
        "1969-12-31T23:59:59.999999Z",
        "2262-01-01T00:00:00.000000Z",
        "",
    ],
)
def test_other_forms_and_days_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a timestamp"):
        parse_timestamp(text)


def test_an_instant_without_a_zone_or_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        wire_timestamp(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="between the years"):
        wire_timestamp(datetime(1969, 12, 31, tzinfo=UTC))
    with pytest.raises(ValueError, match="between the years"):
        wire_timestamp_us(10**17)


def test_seconds_may_go_back() -> None:
    """The cached second is only a cache."""
    assert wire_timestamp_us(1_000_000) == "1970-01-01T00:00:01.000000Z"
    assert wire_timestamp_us(5) == "1970-01-01T00:00:00.000005Z"
    assert wire_timestamp_us(1_000_001) == "1970-01-01T00:00:01.000001Z"

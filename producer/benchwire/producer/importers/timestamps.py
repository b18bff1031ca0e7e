"""Reads the timestamps of foreign logs; unreadable ones are absent, never guessed."""

import re
from datetime import UTC, datetime
from typing import Final

from benchwire.producer.importers import fitting
from benchwire.schemas.timestamps import wire_timestamp_us

_US_MAX: Final = 9_214_646_400_000_000
"""Start of the year 2262, where 64-bit nanoseconds end."""
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


def instant_us(value: object) -> int | None:
    """Microseconds since 1970 of an ISO 8601 text; one without a zone is taken as UTC."""
    instant = _instant(value)
    if instant is None:
        return None
    return _in_range(_microseconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC)))


def utc_instant_us(value: object) -> int | None:
    """Microseconds since 1970 of an ISO 8601 text that names its zone; absent without one.

    For sources that write the local time of an unknown place beside instants in UTC.
    """
    instant = _instant(value)
    if instant is None or instant.tzinfo is None:
        return None
    return _in_range(_microseconds(instant))


def instant_us_of_ms(value: object) -> int | None:
    """Microseconds since 1970 of a JavaScript time in milliseconds."""
    milliseconds = fitting.real(value)
    return None if milliseconds is None else _in_range(round(min(milliseconds, _US_MAX) * 1000))


def instant_us_of_seconds(value: object) -> int | None:
    """Microseconds since 1970 of a Unix time in seconds, with or without a fraction."""
    seconds = fitting.real(value)
    return None if seconds is None else _in_range(round(min(seconds, _US_MAX) * 1_000_000))


def span_ms(started: object, ended: object) -> float | None:
    """Milliseconds between two texts of one clock, in whatever zone that was; never negative."""
    began_us, ended_us = instant_us(started), instant_us(ended)
    if began_us is None or ended_us is None:
        return None
    return max(0.0, (ended_us - began_us) / 1000)


def wire(instant: int) -> str:
    """The wire form of microseconds since 1970; beyond all calendars, the last they have.

    A begin and a recorded duration may add up to more than any clock showed.
    """
    return wire_timestamp_us(max(0, min(instant, _US_MAX - 1)))


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
    except (ValueError, OverflowError):
        return None


def _microseconds(instant: datetime) -> int:
    delta = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _in_range(instant: int) -> int | None:
    return instant if 0 <= instant < _US_MAX else None

"""Instants in the one lexical form of the wire, ``YYYY-MM-DDTHH:MM:SS.ffffffZ`` (RFC 3339, UTC)."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Final

YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2261
"""Years that ClickHouse's DateTime64(6) and 64-bit nanosecond arithmetic both hold."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MICROSECONDS: Final = 1_000_000
_FORM: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_MAX_US: Final = (datetime(YEAR_MAX + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND

# Second → its text. One tuple, replaced whole, so that threads never see half of an update.
_second: tuple[int, str] = (-1, "")


def wire_timestamp(instant: datetime | str | None = None) -> str:
    """Return ``instant`` (now, if none is given) in wire form.

    A string must already have that form; a datetime must know its time zone.

    Raises:
        ValueError: The instant has no time zone, no such form, or lies outside 1970 to 2261.
    """
    if instant is None:
        return wire_timestamp_us(time.time_ns() // 1_000)
    if isinstance(instant, str):
        return check_timestamp(instant)
    if instant.tzinfo is None:
        raise ValueError("a timestamp needs a time zone")
    return wire_timestamp_us((instant - _EPOCH) // _MICROSECOND)


def wire_timestamp_us(epoch_us: int) -> str:
    """Return the instant ``epoch_us`` microseconds after 1970 in wire form.

    Raises:
        ValueError: The instant lies outside the years 1970 to 2261.
    """
    global _second  # noqa: PLW0603 - a cache of one entry: consecutive events share their second
    seconds, micros = divmod(epoch_us, _MICROSECONDS)
    cached = _second
    if cached[0] != seconds:
        if not 0 <= epoch_us < _MAX_US:
            raise ValueError(f"a timestamp lies between the years {YEAR_MIN} and {YEAR_MAX}")
        cached = (seconds, (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S."))
        _second = cached
    return f"{cached[1]}{micros:06d}Z"


def parse_timestamp(text: str) -> datetime:
    """Return the instant written in wire form.

    Raises:
        ValueError: The text has another form, or names no instant of the years 1970 to 2261.
    """
    if _FORM.fullmatch(text) is None:
        raise ValueError("a timestamp has the form YYYY-MM-DDTHH:MM:SS.ffffffZ")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a timestamp names a day and time of the calendar") from None
    if not YEAR_MIN <= instant.year <= YEAR_MAX:
        raise ValueError(f"a timestamp lies between the years {YEAR_MIN} and {YEAR_MAX}")
    return instant


def check_timestamp(text: str) -> str:
    """Return ``text`` unchanged if it is a timestamp in wire form; raise ValueError otherwise."""
    parse_timestamp(text)
    return text

"""How a report writes numbers: percent, intervals, AIU, tokens, times. A dash is unknown."""

from typing import Final

UNKNOWN: Final = "-"
_SHORT: Final = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))
_TIMES: Final = (
    (172_800_000, 86_400_000, "d"),
    (3_600_000, 3_600_000, "h"),
    (60_000, 60_000, "min"),
    (1_000, 1_000, "s"),
)
"""From where on a unit is used, and what it is in milliseconds."""
_LARGE: Final = 100
_P_SMALLEST: Final = 0.001
_AIU_SMALLEST: Final = 0.001
_RATIO_SMALLEST: Final = 0.1


def count(value: int | None) -> str:
    """A number of things, in full."""
    return UNKNOWN if value is None else f"{value:,}"


def short(value: float | None) -> str:
    """A number of tokens or bytes in three digits: ``12.3k``, ``1.2M``."""
    if value is None:
        return UNKNOWN
    for unit, name in _SHORT:
        # Rounded first: 999,600 is 1M, not 1000k.
        if float(f"{abs(value):.3g}") >= unit:
            return f"{_three_digits(value / unit)}{name}"
    return _three_digits(value)


def percent(rate: float | None) -> str:
    """A rate with one decimal."""
    return UNKNOWN if rate is None else f"{_no_minus_zero(rate * 100, 1)} %"


def interval(low: float | None, high: float | None) -> str:
    """An interval of rates, in whole percent."""
    if low is None or high is None:
        return UNKNOWN
    return f"{_no_minus_zero(low * 100, 0)} to {_no_minus_zero(high * 100, 0)} %"


def points(difference: float | None) -> str:
    """A difference of two rates, in percentage points."""
    if difference is None:
        return UNKNOWN
    text = _no_minus_zero(difference * 100, 1)
    return text if text.startswith("-") or difference == 0 else f"+{text}"


def points_interval(low: float | None, high: float | None) -> str:
    """An interval of differences, in percentage points."""
    if low is None or high is None:
        return UNKNOWN
    return f"{_signed(low)} to {_signed(high)}"


def aiu(value: float | None) -> str:
    """A cost, to three decimals."""
    if value is None:
        return UNKNOWN
    if 0 < abs(value) < _AIU_SMALLEST:
        return f"{value:.2g}"
    return f"{value:,.1f}" if abs(value) >= _LARGE else f"{value:.3f}"


def dollars(nano_usd: int) -> str:
    """A cost in US dollars."""
    return f"{aiu(nano_usd / 1_000_000_000)} USD"


def ratio(value: float | None) -> str:
    """How many times as much."""
    if value is None:
        return UNKNOWN
    return f"{value:.2f}x" if _RATIO_SMALLEST <= value < _LARGE else f"{_three_digits(value)}x"


def number(value: float | None) -> str:
    """Any other number, in three digits."""
    return UNKNOWN if value is None else _three_digits(value)


def milliseconds(value: float | None) -> str:
    """A duration in the unit that suits it."""
    if value is None:
        return UNKNOWN
    for least, unit, name in _TIMES:
        if value >= least:
            return f"{_three_digits(value / unit)} {name}"
    return f"{_three_digits(value)} ms"


def p_value(value: float | None) -> str:
    """A probability under the null hypothesis."""
    if value is None:
        return UNKNOWN
    return f"< {_P_SMALLEST}" if value < _P_SMALLEST else f"{value:.3f}"


def moment(ts: str | None) -> str:
    """A time in UTC, to the second."""
    return UNKNOWN if ts is None else f"{ts[:10]} {ts[11:19]} UTC"


def things(n: int, one: str, several: str | None = None) -> str:
    """A number with its noun: ``1 run``, ``2 runs``."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def _three_digits(value: float) -> str:
    if abs(value) >= _LARGE:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    # Small numbers in words of a scientist help nobody here.
    return f"{value:.6f}".rstrip("0") if "e" in text else text


def _signed(rate: float) -> str:
    text = _no_minus_zero(rate * 100, 0)
    return text if text.startswith("-") or text == "0" else f"+{text}"


def _no_minus_zero(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text

"""Numbers of a running job for people: short, and a dash where nothing is known."""

NANO = 1_000_000_000
THOUSAND = 1_000
MINUTE_SECONDS = 60
HOUR_SECONDS = 3_600


def aiu(nano_aiu: int | None) -> str:
    """AIU with three decimals."""
    return "-" if nano_aiu is None else f"{nano_aiu / NANO:.3f}"


def count(number: int | None) -> str:
    """A count in at most five characters: ``999``, ``12.3k``, ``4.5M``."""
    if number is None:
        return "-"
    value = float(number)
    for unit in ("", "k", "M", "G"):
        if value < THOUSAND or unit == "G":
            return f"{value:.0f}" if not unit else f"{value:.1f}{unit}"
        value /= THOUSAND
    return str(number)


def share(interval: tuple[float, float, float] | None) -> str:
    """A rate with its interval: ``0.50 [0.19, 0.81]``."""
    if interval is None:
        return "-"
    rate, low, high = interval
    return f"{rate:.2f} [{low:.2f}, {high:.2f}]"


def clock_time(seconds: float) -> str:
    """``9.5 s``, ``3:07``, ``2:03:07``."""
    if seconds < MINUTE_SECONDS:
        return f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), HOUR_SECONDS)
    minutes, left = divmod(rest, MINUTE_SECONDS)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"

"""Maps values to pixels, linearly or by logarithm, and chooses round values to mark."""

import math
from dataclasses import dataclass
from typing import Final

_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_WIDE: Final = 20.0
"""From this ratio of the largest to the smallest value on, a logarithm shows both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From values between low and high to pixels between start and end."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value; what lies outside is put on the edge."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, n_max: int) -> list[float]:
        """Round values to mark, n_max at most."""
        return _decades(self.low, self.high, n_max) if self.is_log else _steps(self, n_max)


def zero_based(values: list[float], start: float, end: float) -> Scale:
    """A linear scale from 0 to a round value above all."""
    highest = max(values, default=0.0)
    step = _step(highest / 4) if highest > 0 else 0.25
    return Scale(low=0, high=math.ceil(highest / step - 1e-9) * step or 1, start=start, end=end)


def spread(values: list[float], start: float, end: float) -> Scale:
    """A scale for positive values: by logarithm if they are far apart, else from 0."""
    positive = [value for value in values if value > 0]
    if not positive or min(values) <= 0 or max(positive) / min(positive) < _WIDE:
        return zero_based(values, start, end)
    return logarithmic(positive, start, end)


def logarithmic(positive: list[float], start: float, end: float) -> Scale:
    """A scale by powers of ten around positive values."""
    low = 10.0 ** math.floor(math.log10(min(positive)))
    high = 10.0 ** math.ceil(math.log10(max(positive)))
    return Scale(low=low, high=high if high > low else low * 10, start=start, end=end, is_log=True)


def _step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * factor for factor in _ROUND if raw <= power * factor * (1 + 1e-9))


def _steps(scale: Scale, n_max: int) -> list[float]:
    step = _step((scale.high - scale.low) / max(1, n_max - 1))
    n_steps = math.floor((scale.high - scale.low) / step + 1e-9)
    return [scale.low + number * step for number in range(n_steps + 1)]


def _decades(low: float, high: float, n_max: int) -> list[float]:
    first, last = round(math.log10(low)), round(math.log10(high))
    every = max(1, math.ceil((last - first + 1) / n_max))
    return [10.0**power for power in range(first, last + 1, every)]

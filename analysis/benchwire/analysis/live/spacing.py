"""When a run gives signs of life, and how long it may be silent before it counts as stalled."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Final

US_PER_SECOND: Final = 1_000_000
GAP_SECONDS_MIN: Final = 1.0
"""Shorter gaps are those between messages sent together."""
STALL_SECONDS_MIN: Final = 120.0
"""Four heartbeats missed at the producer's default of 30 seconds."""
STALL_GAPS: Final = 4
"""A stalled run is silent for longer than so many of its own long gaps."""
P95: Final = 0.95


@dataclass(slots=True)
class Spacing:
    """The arrivals of one run, in whatever order they become known."""

    arrivals_us: list[int] = field(default_factory=list[int])
    """Distinct times, in order."""
    _gaps_seconds: list[float] = field(default_factory=list[float])
    """In order of length."""
    _is_ordered: bool = True

    def arrive(self, at_us: int) -> None:
        """Take up an arrival; what comes in its order costs nothing to speak of."""
        arrivals = self.arrivals_us
        if not arrivals or at_us > arrivals[-1]:
            if arrivals and self._is_ordered:
                self._add_gap(at_us - arrivals[-1])
            arrivals.append(at_us)
            return
        place = bisect_left(arrivals, at_us)
        if arrivals[place] != at_us:
            arrivals.insert(place, at_us)
            self._is_ordered = False

    @property
    def gaps_seconds(self) -> list[float]:
        """Times between arrivals that are no mere jitter, the shortest first."""
        if not self._is_ordered:
            self._is_ordered = True
            self._gaps_seconds = []
            for earlier, later in zip(self.arrivals_us, self.arrivals_us[1:], strict=False):
                self._add_gap(later - earlier)
        return self._gaps_seconds

    @property
    def stall_threshold_seconds(self) -> float:
        """A longer silence means that the run hangs: the rule of rpt_live_runs."""
        return max(STALL_SECONDS_MIN, STALL_GAPS * (quantile(self.gaps_seconds, P95) or 0.0))

    def _add_gap(self, gap_us: int) -> None:
        seconds = gap_us / US_PER_SECOND
        if seconds >= GAP_SECONDS_MIN:
            insort(self._gaps_seconds, seconds)


def quantile(ordered: list[float], level: float) -> float | None:
    """Give a quantile, linear between neighbours; None of nothing."""
    if not ordered:
        return None
    place = level * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])

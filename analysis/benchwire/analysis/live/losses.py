"""Events that a run declared lost and that never came, counted as sum_run_epochs_of does.

A declaration speaks of numbers of its own epoch before its own. Ranges are merged; a number under
which anything is known is not lost, whichever of the two came first.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection

from benchwire.analysis.live.events import LiveEvent

Identity = tuple[str, int, int]
"""Emitter, epoch and number."""


class DeclaredLosses:
    """The losses of one run, kept up event by event."""

    __slots__ = ("_epochs",)

    def __init__(self) -> None:
        self._epochs: dict[tuple[str, int], Ranges] = {}

    @property
    def n_lost(self) -> int:
        """Numbers that are declared lost and not known."""
        return sum(ranges.n_unknown for ranges in self._epochs.values())

    def n_lost_of(self, epoch: tuple[str, int]) -> int:
        """Those of one emitter and epoch."""
        return self._epochs[epoch].n_unknown if epoch in self._epochs else 0

    def declare(self, event: LiveEvent, known: Collection[Identity]) -> None:
        """Take up a `telemetry_loss`; `known`: what has come, this event included."""
        emitter, epoch, seq = event.identity
        ranges = self._epochs.setdefault((emitter, epoch), Ranges())
        for lost in event.facts.ranges:
            for first, last in ranges.cover(lost.first_seq, min(lost.last_seq, seq - 1)):
                n_known = _n_known(known, emitter, epoch, first, last)
                ranges.n_unknown += last - first + 1 - n_known

    def arrive(self, identity: Identity) -> None:
        """Take up a number that was not known before."""
        emitter, epoch, seq = identity
        ranges = self._epochs.get((emitter, epoch))
        if ranges is not None and seq in ranges:
            ranges.n_unknown -= 1


class Ranges:
    """Numbers, as ranges that neither overlap nor touch; both ends included."""

    __slots__ = ("_firsts", "_lasts", "n_unknown")

    def __init__(self) -> None:
        self.n_unknown = 0
        """So many of the numbers are not known to be of an event."""
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def __contains__(self, number: int) -> bool:
        """Whether a range covers a number."""
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place]

    def cover(self, first: int, last: int) -> list[tuple[int, int]]:
        """Cover a range, empty if it ends before it begins; returns what of it is new."""
        if last < first:
            return []
        low, high = bisect_left(self._lasts, first - 1), bisect_right(self._firsts, last + 1)
        new: list[tuple[int, int]] = []
        open_from = first
        for known_first, known_last in zip(
            self._firsts[low:high], self._lasts[low:high], strict=True
        ):
            if open_from < known_first:
                new.append((open_from, known_first - 1))
            open_from = max(open_from, known_last + 1)
        if open_from <= last:
            new.append((open_from, last))
        if low < high:
            first, last = min(first, self._firsts[low]), max(last, self._lasts[high - 1])
        self._firsts[low:high], self._lasts[low:high] = [first], [last]
        return new


def _n_known(known: Collection[Identity], emitter: str, epoch: int, first: int, last: int) -> int:
    """Count what is known of a range, in whichever way there is less to look at."""
    if last - first < len(known):
        return sum((emitter, epoch, seq) in known for seq in range(first, last + 1))
    return sum(one[0] == emitter and one[1] == epoch and first <= one[2] <= last for one in known)

"""How long the refresher rests after each look, so that it does not slow ingest down by much."""

from typing import Final

REST_SECONDS_MIN: Final = 0.5
REST_RATIO: Final = 4.0
"""Rest over work: a fifth of one core, which keeps up with 50 runs a second that end (measured)."""
BACKLOG_REST_RATIO: Final = 1.0
"""The same while more runs are due than one look takes, as after the rows were made anew. Not for
less: the runs of what came in meanwhile are due after every look, and planning costs most of it."""
PRESSED_SHARE: Final = 0.3
"""Of the time, spent inserting: from then on ingest needs the cores more than a backlog does."""


def rest_seconds(worked_seconds: float, *, is_behind: bool, inserting_share: float) -> float:
    """Say how long to rest after a look.

    `inserting_share` is that of the time since the look before.
    """
    is_pressed = inserting_share >= PRESSED_SHARE
    ratio = BACKLOG_REST_RATIO if is_behind and not is_pressed else REST_RATIO
    return max(REST_SECONDS_MIN, ratio * worked_seconds)


class InsertingTime:
    """Adds up for how long inserts were under way; all times are monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._counted_from = now
        self._began_at: float | None = None
        self._seconds = 0.0

    def begins(self, now: float) -> None:
        """Note that an insert begins."""
        self._began_at = now

    def ended(self, now: float) -> None:
        """Note that it is over."""
        if self._began_at is not None:
            self._seconds += now - self._began_at
        self._began_at = None

    def share(self, now: float) -> float:
        """Give the share of the time since the last call in which there was one."""
        if self._began_at is not None:
            self.ended(now)
            self.begins(now)
        passed, seconds = now - self._counted_from, self._seconds
        self._counted_from, self._seconds = now, 0.0
        return seconds / passed if passed > 0 else 0.0

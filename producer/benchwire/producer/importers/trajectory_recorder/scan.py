"""First pass over an episode: everything but its steps, of which only a summary is kept."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.errors import Unreadable
from benchwire.producer.importers.file_part import FilePart
from benchwire.producer.importers.json_members import NotAnObject, read_members

STEPS: Final = "steps"
KNOWN: Final = frozenset(
    {
        "episode_id",
        "task",
        "variant_id",
        "start_time",
        "end_time",
        "duration_seconds",
        STEPS,
        "final_score",
        "total_steps",
        "metadata",
    }
)


@dataclass(slots=True)
class EpisodeScan:
    """What is known of an episode before its events are made."""

    part: FilePart
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    """The episode without its steps."""
    content_sha256: str = ""
    n_steps: int = 0
    n_odd: int = 0
    """Entries of the list of steps that are none."""
    last_step_no: int | None = None
    first_us: int | None = None
    last_us: int | None = None
    is_done: bool = False
    """True if the last step ended the episode."""

    @property
    def start_us(self) -> int | None:
        """When it began, else when its first step was recorded."""
        said = timestamps.instant_us_of_seconds(self.said.get("start_time"))
        return self.first_us if said is None else said

    @property
    def end_us(self) -> int | None:
        """When it ended, as it says."""
        return timestamps.instant_us_of_seconds(self.said.get("end_time"))

    @property
    def is_finished(self) -> bool:
        """True if the recorder closed it. A summary has no times, but a duration."""
        if "end_time" in self.said:
            return self.end_us is not None
        return fitting.real(self.said.get("duration_seconds")) is not None

    @property
    def duration_ms(self) -> float | None:
        """How long it took: from its begin to its end, else as its summary says."""
        if self.start_us is not None and self.end_us is not None:
            return max(0, self.end_us - self.start_us) / 1000
        return fitting.milliseconds(self.said.get("duration_seconds"))

    @property
    def total_steps(self) -> int | None:
        """The number of the last step, which may exceed the number of steps kept."""
        said = fitting.count(self.said.get("total_steps"))
        return self.last_step_no if said is None else said


def scan_episode(part: FilePart, on_bytes: Callable[[int], object]) -> EpisodeScan:
    """Read an episode once.

    Raises:
        Unreadable: It breaks off, or is no episode.
    """
    scan, digest = EpisodeScan(part), hashlib.sha256()

    def take_up(text: bytes) -> None:
        digest.update(text)
        on_bytes(len(text))

    for name, value in _members(part, take_up):
        if name != STEPS:
            scan.said[name] = value
        elif fitting.is_object(value):
            _take(scan, value)
        else:
            scan.n_odd += value is not None
    if "episode_id" not in scan.said and "task" not in scan.said:
        raise Unreadable(part.path, f"{_where(part)}no episode: neither episode_id nor task")
    scan.content_sha256 = digest.hexdigest()
    return scan


def read_steps(part: FilePart, on_bytes: Callable[[int], object]) -> Iterator[dict[str, Any]]:
    """Yield the steps of an episode that was scanned before."""
    for name, value in _members(part, lambda text: on_bytes(len(text))):
        if name == STEPS and fitting.is_object(value):
            yield value


def _take(scan: EpisodeScan, step: dict[str, Any]) -> None:
    scan.n_steps += 1
    scan.last_step_no = fitting.count(step.get("step_number"))
    scan.is_done = step.get("done") is True
    at_us = timestamps.instant_us_of_seconds(step.get("timestamp"))
    if at_us is not None:
        scan.first_us = at_us if scan.first_us is None else scan.first_us
        scan.last_us = max(at_us, scan.last_us or 0)


def _members(part: FilePart, take_up: Callable[[bytes], object]) -> Iterator[tuple[str, Any]]:
    try:
        with part.open() as stream:
            yield from read_members(stream, itemwise=frozenset({STEPS}), on_bytes=take_up)
    except NotAnObject as error:
        raise Unreadable(part.path, f"{_where(part)}{error}") from None


def _where(part: FilePart) -> str:
    if part.line_no is not None:
        return f"line {part.line_no}: "
    return f"from byte {part.offset} on: " if part.offset else ""

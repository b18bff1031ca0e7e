"""Reads journals without touching them: what they hold, and the messages cut from it.

Nothing is claimed, repaired or sealed, so writers and deliverers may go on meanwhile. What a
writer has not finished, or a kill cut short, is left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchwire.producer.journal.contents import Contents, Facts, read_contents, read_line
from benchwire.producer.journal.layout import (
    SegmentName,
    file_names,
    run_directories,
    segments_in_order,
)
from benchwire.producer.publisher.message import cut_message
from benchwire.producer.settings import KIB
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.subject import event_subject

MESSAGE_EVENTS_MAX = 256
MESSAGE_BYTES_MAX = 256 * KIB


class JournalUnreadable(BenchwireError):  # noqa: N818 - the journal is what is unreadable
    """A journal cannot be read."""


@dataclass(frozen=True, slots=True)
class HeldSegment:
    """One segment with at least one event."""

    name: SegmentName
    first: Facts
    last: Facts
    contents: Contents

    @property
    def subject(self) -> str:
        """Where its events are published."""
        first = self.first
        return event_subject(first.experiment_id, first.policy_id, first.task_id, first.run_id)

    def payloads(self) -> Iterator[bytes]:
        """Its readable lines, as messages carry them."""
        lines = b"".join(self.contents.kept)
        start = 0
        while message := cut_message(
            lines, start, start, events_max=MESSAGE_EVENTS_MAX, bytes_max=MESSAGE_BYTES_MAX
        ):
            yield message.payload
            start = message.end


def journal_directory(path: Path) -> Path:
    """Return the journal that a path means: that of a data directory, or the path itself.

    Raises:
        JournalUnreadable: There is no such directory.
    """
    if not path.is_dir():
        raise JournalUnreadable(
            f"there is no directory {path}", hint="name a data directory or the journal inside it"
        )
    inside = path / "journal"
    return inside if inside.is_dir() else path


def held_segments(journals: Iterable[Path]) -> Iterator[HeldSegment]:
    """Read every segment of some journals, those of an epoch in order.

    Raises:
        JournalUnreadable: A file or directory may not be read.
    """
    for journal in journals:
        try:
            for run_directory in sorted(run_directories(journal)):
                for path, name in segments_in_order(run_directory, file_names(run_directory)):
                    yield from _held(path, name)
        except OSError as error:
            raise JournalUnreadable(
                f"the journal {journal} cannot be read: {error.strerror}",
                hint=f"see the rights of {error.filename}",
            ) from error


def _held(path: Path, name: SegmentName) -> Iterator[HeldSegment]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return  # Acknowledged and deleted since its directory was listed.
    contents = read_contents(raw, base_seq=name.base_seq, base_checksum=name.base_checksum)
    if contents.first is not None:
        last = read_line(contents.kept[-1])
        yield HeldSegment(name, contents.first, last or contents.first, contents)

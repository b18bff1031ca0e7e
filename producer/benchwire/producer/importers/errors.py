"""What can go wrong with an import as a whole; single odd records are notices instead."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from benchwire.schemas.errors import BenchwireError

if TYPE_CHECKING:
    from benchwire.producer.importers.notices import Notice


class ImportRefused(BenchwireError):  # noqa: N818 - the parent of facts about sources
    """A source that is not imported; the others are."""


class NothingFound(ImportRefused):
    """Nothing to import at a path."""

    def __init__(self, path: Path, reason: str, *, hint: str) -> None:
        super().__init__(f"{path}: {reason}", hint=hint)


class NotASession(ImportRefused):
    """A file of another kind."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: not a Copilot session log",
            hint="a session log has JSON records like {'type': 'session.start', 'data': {…}}",
        )


class Unreadable(ImportRefused):
    """A file that cannot be what its place says it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}", hint="repair or remove it; it is no obstacle to other sources"
        )


class StrictImport(ImportRefused):
    """Something had to be overlooked, and the import was told not to."""

    def __init__(self, notice: "Notice") -> None:
        super().__init__(str(notice), hint="import without --strict to go on behind such records")
        self.notice = notice


class EventLost(ImportRefused):
    """The journal could not take an event; the log says why."""

    def __init__(self, source_id: str) -> None:
        super().__init__(
            f"{source_id}: the journal took no more of its events",
            hint="make room on the disk of the data directory, then import again",
        )


class HalfImported(ImportRefused):
    """A source that broke off, or a journal that was full, after some of a run was emitted."""

    def __init__(self, error: ImportRefused, n_events: int) -> None:
        super().__init__(
            f"{error}; {n_events} events of its run went out before, and it counts as incomplete "
            "until all of it is imported",
            hint=error.hint,
        )


REFUSALS: Final = (ImportRefused, OSError, ValidationError)
"""What ends the import of one source and of no other: it is broken, gone, or has odd values."""


def refusal(path: Path, error: ImportRefused | OSError | ValidationError) -> ImportRefused:
    """``error`` as the refusal of one source, with the path in it."""
    if isinstance(error, ImportRefused):
        return error
    if isinstance(error, ValidationError):
        what = error.errors(include_url=False)[0]
        place = ".".join(map(str, (error.title, *what["loc"])))
        return Unreadable(path, f"a value that cannot be imported, {place}: {what['msg']}")
    return ImportRefused(f"{path}: {error.strerror or error}")

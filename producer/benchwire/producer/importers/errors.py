"""What can go wrong with an import as a whole; single odd records are notices instead."""

from pathlib import Path
from typing import TYPE_CHECKING

from benchwire.schemas.errors import BenchwireError

if TYPE_CHECKING:
    from benchwire.producer.importers.notices import Notice


class ImportRefused(BenchwireError):  # noqa: N818 - the parent of facts about sources
    """A source that is not imported; the others are."""


class NoSessionFound(ImportRefused):
    """Nothing to import at a path."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}",
            hint="name a session directory, an events.jsonl file or a directory of sessions",
        )


class NotASession(ImportRefused):
    """A file of another kind."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: not a Copilot session log",
            hint="a session log has JSON records like {'type': 'session.start', 'data': {…}}",
        )


class StrictImport(ImportRefused):
    """Something had to be overlooked, and the import was told not to."""

    def __init__(self, notice: "Notice") -> None:
        super().__init__(str(notice), hint="import without --strict to go on behind such records")
        self.notice = notice

"""Reads what the header of a view's file says, and which parameters the view takes."""

import re
from dataclasses import dataclass
from typing import Final

from benchwire.consumer.sqlfiles import SqlFile
from benchwire.consumer.statements import without_comments

KEYS: Final[tuple[str, ...]] = (
    "question",
    "grain",
    "keys",
    "units",
    "denominators",
    "late, duplicate, missing",
    "operational",
)
"""What every file says of its object, in this order."""

TIMED: Final = "_at"
"""Ends the name of a view that takes `as_of`; the one of the name before it answers for now."""

_ENTRY: Final = re.compile(rf"-- (?P<key>{'|'.join(KEYS)}):\s*(?P<text>.*)")
_PARAMETER: Final = re.compile(r"\{(?P<name>\w+):(?P<type>[^}]+)\}")


@dataclass(frozen=True, slots=True)
class ViewHeader:
    """One view as its file describes it."""

    name: str
    texts: dict[str, str]
    """What it says under each of `KEYS`, on one line each."""
    parameters: dict[str, str]
    """Name → type of what a call must give; empty for a view that is read like a table."""

    @property
    def is_operational(self) -> bool:
        """Whether two deliveries of the same events may give different answers."""
        return self.texts["operational"].startswith("yes")

    @property
    def keys(self) -> list[str]:
        """The columns that tell rows apart; remarks beside them may leave a word too many."""
        parts = (part.split() for part in self.texts["keys"].split(","))
        return [words[0] for words in parts if words]


def read_header(file: SqlFile) -> ViewHeader:
    """Read the comment that opens a file; what it leaves out is an empty text."""
    texts: dict[str, str] = dict.fromkeys(KEYS, "")
    key = ""
    for line in file.text.splitlines():
        if not line.startswith("--"):
            break
        entry = _ENTRY.match(line)
        if entry is not None:
            key = entry["key"]
            texts[key] = entry["text"].strip()
        elif key:
            texts[key] = f"{texts[key]} {line.removeprefix('--').strip()}".strip()
    found = {
        (each["name"], each["type"]) for each in _PARAMETER.finditer(without_comments(file.text))
    }
    return ViewHeader(file.name, texts, dict(sorted(found)))

"""Secrets known by their value: found wherever they are written, in the usual spellings.

A value is looked for as it is, as JSON writes it inside a string (and JSON inside JSON), and
percent-encoded; of a value of several lines (a private key) each line counts as well. Other
encodings are not found.
"""

import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from benchwire.schemas.secret_patterns import MARKER, is_harmless

VALUE_CHARS_MIN: Final = 4
"""Shorter values are everywhere; hiding them would make every text unreadable."""
WORD_CHARS_MAX: Final = 7
"""Values up to this length are hidden only where they stand as a word of their own."""
DIGITS_MIN: Final = 9
"""Shorter numbers are limits (``MAX_TOKENS``), not secrets."""
PLACEHOLDERS: Final = frozenset(
    {"changeme", "dummy", "empty", "local", "localhost", "none", "ollama", "placeholder", "test"}
)
"""What endpoints without authentication are given as a key; words of everyday texts."""


class SecretValues:
    """A set of secret values, in all their spellings. Immutable.

    Whether there is anything to do is told by substring searches: about 0.3 µs for a spelling and
    a payload of 400 bytes.
    """

    __slots__ = ("_encoded", "_pattern", "_spellings", "values")

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values: frozenset[str] = frozenset(value for value in values if _is_secret(value))
        spellings = {spelling for value in self.values for spelling in _spellings(value)}
        self._spellings = tuple(spellings)
        self._encoded = tuple({_json(text, ascii_only=False).encode() for text in spellings})
        self._pattern = re.compile(_pattern(spellings)) if spellings else None

    def __bool__(self) -> bool:
        """True if there is anything to hide."""
        return self._pattern is not None

    def hide(self, text: str) -> str:
        """Return ``text`` with every value in it replaced by the marker."""
        if self._pattern is not None:
            for spelling in self._spellings:
                if spelling in text:
                    return self._pattern.sub(MARKER, text)
        return text

    def occur_in(self, data: bytes) -> bool:
        """Tell whether JSON-encoded ``data`` may hold a value. False is certain, True is not."""
        # A loop, not any(): this runs for every event of every run.
        for spelling in self._encoded:  # noqa: SIM110
            if spelling in data:
                return True
        return False


def _is_secret(value: str) -> bool:
    harmless = is_harmless(value) and not (value.isdigit() and len(value) >= DIGITS_MIN)
    return (
        len(value.strip()) >= VALUE_CHARS_MIN
        and not harmless
        and value.casefold() not in PLACEHOLDERS
        and value not in MARKER
    )


def _spellings(value: str) -> Iterable[str]:
    lines = [line.strip() for line in value.splitlines()] if "\n" in value else []
    for text in (value, *(line for line in lines if len(line) > WORD_CHARS_MAX)):
        yield from (text, quote(text, safe=""), quote(text))
        for ascii_only in (False, True):
            inside = _json(text, ascii_only=ascii_only)
            yield from (inside, _json(inside, ascii_only=ascii_only))  # arguments are JSON in JSON


def _json(text: str, *, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def _pattern(spellings: set[str]) -> str:
    """Longest first: a value that contains another one is hidden whole."""
    ordered = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    return "|".join(map(_alternative, ordered))


def _alternative(spelling: str) -> str:
    if len(spelling) > WORD_CHARS_MAX:
        return re.escape(spelling)
    return rf"(?<![A-Za-z0-9]){re.escape(spelling)}(?![A-Za-z0-9])"

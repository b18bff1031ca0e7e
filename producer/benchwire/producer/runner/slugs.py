"""Names become identifiers: readable, usable in paths and subjects, unique in their list."""

import re
from collections.abc import Iterable
from typing import Final

SLUG_CHARS_MAX: Final = 60
"""Letters may take four bytes, and an identifier has 256."""
_NOT_IN_SLUG: Final = re.compile(r"[^\w.]+")


def slug(name: str) -> str:
    """``GPT 5.5 (high)`` becomes ``gpt-5.5-high``; letters of every script stay."""
    text = _NOT_IN_SLUG.sub("-", name.casefold()).strip("-.")
    return text[:SLUG_CHARS_MAX].rstrip("-.")


def unique_slugs(names: Iterable[str | None], kind: str) -> list[str]:
    """One identifier a name; a repeated one gets ``-2``, a missing one its position.

    The first of two equal names keeps the plain identifier, so a list may grow at its end
    without renaming what stands before.
    """
    taken: set[str] = set()
    slugs: list[str] = []
    for position, name in enumerate(names, 1):
        plain = slug(name or "") or f"{kind}-{position:03d}"
        candidate, number = plain, 1
        while candidate in taken:
            number += 1
            candidate = f"{plain}-{number}"
        taken.add(candidate)
        slugs.append(candidate)
    return slugs

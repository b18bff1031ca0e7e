"""Texts that strangers wrote, shown to people: nothing in them may act on what shows them."""

import re
from typing import Final

ACTING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, escape sequences among them
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text around
    "\u2028\u2029\ud800-\udfff]"  # line breaks under other names, halves of characters
)
SHOWN: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that would act."""
_SPACES: Final = re.compile(r"[\t\r\n]+")


def one_line(text: str) -> str:
    """Return a text in one line, harmless."""
    return ACTING.sub(SHOWN, _SPACES.sub(" ", text))

"""Texts that strangers wrote, on a terminal: nothing in them may act on it."""

import re
from typing import Final

_ACTING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, escape sequences among them
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text around
    "\u2028\u2029\ud800-\udfff]"  # line breaks under other names, halves of characters
)
_SPACES: Final = re.compile(r"[\t\r\n]+")
_SHOWN: Final = "\N{REPLACEMENT CHARACTER}"

HEX_ROW_BYTES: Final = 16
_PRINTABLE: Final = range(0x20, 0x7F)


def one_line(text: str) -> str:
    """Return a text in one line, harmless."""
    return _ACTING.sub(_SHOWN, _SPACES.sub(" ", text))


def readable(raw: bytes) -> str | None:
    """Return bytes as text, line by line harmless; None for bytes that are no text."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    if "\x00" in text:
        return None
    return "\n".join(_ACTING.sub(_SHOWN, line.expandtabs()) for line in text.split("\n"))


def hex_dump(raw: bytes) -> str:
    """Return bytes as `hexdump -C` shows them: offset, sixteen bytes, their characters."""
    rows: list[str] = []
    for start in range(0, len(raw), HEX_ROW_BYTES):
        row = raw[start : start + HEX_ROW_BYTES]
        digits = row.hex(" ").ljust(HEX_ROW_BYTES * 3 - 1)
        characters = "".join(chr(byte) if byte in _PRINTABLE else "." for byte in row)
        rows.append(f"{start:08x}  {digits}  |{characters}|")
    return "\n".join(rows)

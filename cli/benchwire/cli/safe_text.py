"""Texts that strangers wrote, on a terminal: nothing in them may act on it."""

from typing import Final

from benchwire.analysis.shown_text import ACTING, SHOWN, one_line

__all__ = ["hex_dump", "one_line", "readable"]

HEX_ROW_BYTES: Final = 16
_PRINTABLE: Final = range(0x20, 0x7F)


def readable(raw: bytes) -> str | None:
    """Return bytes as text, line by line harmless; None for bytes that are no text."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    if "\x00" in text:
        return None
    return "\n".join(ACTING.sub(SHOWN, line.expandtabs()) for line in text.split("\n"))


def hex_dump(raw: bytes) -> str:
    """Return bytes as `hexdump -C` shows them: offset, sixteen bytes, their characters."""
    rows: list[str] = []
    for start in range(0, len(raw), HEX_ROW_BYTES):
        row = raw[start : start + HEX_ROW_BYTES]
        digits = row.hex(" ").ljust(HEX_ROW_BYTES * 3 - 1)
        characters = "".join(chr(byte) if byte in _PRINTABLE else "." for byte in row)
        rows.append(f"{start:08x}  {digits}  |{characters}|")
    return "\n".join(rows)

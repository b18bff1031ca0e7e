"""How wide texts will be, and names shortened to fit. No font is at hand, so it is an estimate."""

import unicodedata
from typing import Final

FONT_PX: Final = 12.0
_NARROW: Final = frozenset("fijlrtI.,:;'|!()[]{} -/")
_BROAD: Final = frozenset("mwMW@%")
_SHARES: Final = {"narrow": 0.38, "usual": 0.59, "broad": 0.9, "full": 1.05}
"""Of the font's size; rather too wide than too narrow."""


def text_width(text: str, font_px: float = FONT_PX) -> float:
    """About how many pixels a text takes."""
    return sum(_share(character) for character in text) * font_px


def squeezed(name: str, pixels: float, font_px: float = FONT_PX) -> str:
    """Shorten a name in its middle: names of one family differ at the end as often as not."""
    if text_width(name, font_px) <= pixels:
        return name
    kept = len(name)
    while kept > 1:
        kept -= 1
        end = kept // 2
        short = f"{name[: kept - end]}…{name[len(name) - end :]}"
        if text_width(short, font_px) <= pixels:
            return short
    return "…"


def _share(character: str) -> float:
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return _SHARES["full"]
    if unicodedata.combining(character):
        return 0.0
    if character in _NARROW:
        return _SHARES["narrow"]
    return _SHARES["broad" if character in _BROAD else "usual"]

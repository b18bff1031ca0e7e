"""What a terminal sends when a key is pressed, as names of keys."""

import re
from collections.abc import Iterator
from typing import Final

_NAMED: Final = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"\x1b[5~": "page up",
    b"\x1b[6~": "page down",
    b"\x1b[H": "home",
    b"\x1b[F": "end",
    b"\x1bOH": "home",
    b"\x1bOF": "end",
    b"\x1b[1~": "home",
    b"\x1b[4~": "end",
    b"\x1b": "escape",
    b"\r": "enter",
    b"\n": "enter",
    b"\t": "tab",
    b"\x7f": "backspace",
    b"\x08": "backspace",
    b"\x03": "interrupt",
}
_PRESSES: Final = re.compile(
    rb"\x1b\[[0-9;?]*[A-Za-z~]|\x1bO[A-Za-z]|\x1b|[\x00-\x7f]|[\xc2-\xf4][\x80-\xbf]+", re.DOTALL
)


def pressed(raw: bytes) -> Iterator[str]:
    """Yield the keys of what was read at once: a name, or the character itself."""
    for found in _PRESSES.findall(raw):
        name = _NAMED.get(found)
        if name is not None:
            yield name
        elif found >= b" " and not found.startswith(b"\x1b"):
            yield found.decode("utf-8", "ignore")

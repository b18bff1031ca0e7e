"""HTML and SVG as text: whatever is not markup already is escaped, so names cannot be markup."""

import html
from collections.abc import Iterable
from typing import Final

from benchwire.analysis.shown_text import one_line

_VOID: Final = frozenset({"meta", "input", "br"})
_ALONE: Final = frozenset({"circle", "line", "path", "rect"})


class Markup(str):
    """A text that is markup; made by `tag` and `joined` only."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """An element. Children that are no Markup are escaped, as are the values of attributes.

    ``class_`` stands for class, ``stroke_width`` for stroke-width; None leaves an attribute out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    if name in _ALONE and not children:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Parts one after the other; those that are no Markup are escaped."""
    return Markup(between.join(_part(part) for part in parts))


def _part(part: str) -> str:
    return part if isinstance(part, Markup) else html.escape(one_line(part))


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return html.escape(one_line(value))
    # Two decimals are a fiftieth of a pixel, and keep the page small.
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

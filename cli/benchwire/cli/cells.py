"""Texts in so many cells of a terminal: wide characters take two."""

from rich.cells import cell_len, set_cell_size

from benchwire.cli.safe_text import one_line


def run_path(policy: str, task: str, last: str, cells: int) -> str:
    """Join three names in so many cells; the shorter of the first two leaves room to the other."""
    policy, task = one_line(policy), one_line(task)
    room = cells - cell_len(last) - 2
    policy = squeezed(policy, max(room // 2, room - cell_len(task)))
    return f"{policy}/{squeezed(task, room - cell_len(policy))}/{last}"


def fitted(text: str, cells: int) -> str:
    """Shorten a text, or fill it up."""
    return set_cell_size(cut(text, cells), cells)


def cut(text: str, cells: int) -> str:
    """Shorten a text at its end."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…" if cells > 0 else ""


def squeezed(name: str, cells: int) -> str:
    """Shorten a name in its middle: names of one family differ at the end as often as not."""
    if cell_len(name) <= cells:
        return name
    end = (cells - 1) // 2
    begin = cells - 1 - end
    backwards = set_cell_size(name[::-1], end)[::-1]
    return f"{set_cell_size(name, begin)}…{backwards}"

"""Tables of one-line rows that fit their width: the least important columns go first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from rich.cells import cell_len
from rich.text import Text

from benchwire.cli.cells import cut, fitted

Item = TypeVar("Item")
NAME_CELLS_MAX: Final = 56
"""On a wide screen numbers stay near to what they are about."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Item]):
    """One column; its cells are shortened to its width."""

    title: str
    cells: int
    value: Callable[[Item], str]
    rank: int = 0
    """Columns of a higher rank are left out where room is short."""
    is_left: bool = False


class Columns(Generic[Item]):
    """A name of whatever width is left, and columns at its right."""

    def __init__(
        self,
        name: Callable[[Item, int], str],
        columns: Sequence[Column[Any]],
        width: int,
        name_cells_min: int,
    ) -> None:
        self._name = name
        kept = list(columns)
        while kept and width - _needed(kept) < name_cells_min:
            kept.remove(max(kept, key=lambda column: column.rank))
        self._columns = kept
        self._name_cells = min(NAME_CELLS_MAX, max(1, width - _needed(kept)))

    def header(self, name_title: str) -> Text:
        """The titles."""
        cells = [_placed(column.title, column) for column in self._columns]
        return Text(" ".join((fitted(name_title, self._name_cells), *cells)), "bold")

    def row(self, item: Item, style: str = "") -> Text:
        """One item."""
        name = fitted(self._name(item, self._name_cells), self._name_cells)
        cells = [_placed(column.value(item), column) for column in self._columns]
        return Text(" ".join((name, *cells)), style)


def _needed(columns: Sequence[Column[Any]]) -> int:
    return sum(column.cells + 1 for column in columns)


def _placed(text: str, column: Column[Any]) -> str:
    if column.is_left:
        return fitted(text, column.cells)
    shown = cut(text, column.cells)
    return " " * (column.cells - cell_len(shown)) + shown

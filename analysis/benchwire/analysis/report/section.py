"""The parts of a report that people read: sections of tables, whatever shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose cells are ready to be shown, names in them as they came."""

    key: str
    """Names it within the report; a plot of the same key shows the same numbers."""
    title: str
    columns: Sequence[str]
    names: int = 1
    """How many columns from the left hold names; the others hold numbers."""
    rows: Sequence[Sequence[str]]
    remark: str = ""
    """What is not in it, if not all is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One subject: what it is about in a sentence or two, and its tables."""

    key: str
    title: str
    about: str
    tables: Sequence[Table] = field(default_factory=list[Table])
    empty: str = ""
    """What to say where there are no tables."""

"""How the read side asks: a callable that answers SQL with rows, wherever the store is."""

from collections.abc import Mapping
from typing import Any, Protocol


class Rows(Protocol):
    """Answers one statement; parameters fill its ``{name:Type}`` places."""

    def __call__(
        self, sql: str, params: Mapping[str, str] | None = None, /
    ) -> list[tuple[Any, ...]]:
        """Return the rows as tuples of JSON values; integers stay integers."""
        ...


def text_param(value: str) -> str:
    """A text as a query parameter: ClickHouse reads them as tab-separated values."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")

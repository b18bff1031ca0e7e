"""A named question: its SQL over the views, and the row it answers with."""

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from benchwire.analysis.rows import Rows, text_param

Row = TypeVar("Row")


class Query(Generic[Row]):
    """One statement whose columns are the fields of a row class, in order.

    Its parameters are texts: ``{experiment:String}``.
    """

    def __init__(self, question: str, row: type[Row], sql: str) -> None:
        self.question = question
        """What it answers, for people."""
        self.sql = sql.strip()
        """The statement, with places for parameters."""
        self._row = row
        hints = get_type_hints(row)
        self._is_float = [_is_float(hints[name]) for name in self.columns]

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return [field.name for field in dataclasses.fields(self._row)]  # type: ignore[arg-type]

    def ask(self, rows: Rows, params: Mapping[str, str]) -> list[Row]:
        """Put the question to a store."""
        escaped = {name: text_param(value) for name, value in params.items()}
        return [self._row(*self._values(found)) for found in rows(self.sql, escaped)]

    def text(self, params: Mapping[str, str]) -> str:
        """The statement with its parameters written in, to be copied and run."""
        text = self.sql
        for name, value in params.items():
            text = text.replace(f"{{{name}:String}}", literal(value))
        return text

    def _values(self, found: tuple[Any, ...]) -> list[Any]:
        """JSON writes 1.0 as 1; a field that is a float stays one."""
        return [
            float(value) if is_float and isinstance(value, int) else value
            for value, is_float in zip(found, self._is_float, strict=True)
        ]


def literal(value: str) -> str:
    """A text as an SQL literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _is_float(hint: object) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_is_float(part) for part in get_args(hint))
    return hint is float

"""The tables of docs/running.md, made from the models of the experiment file.

``python -m tests.support.field_tables`` writes them again after a change of the models.
"""

import re
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from benchwire.producer.runner.sections import section_of, sections
from benchwire.schemas.docstrings import field_docstrings

DOCUMENT = Path(__file__).parents[2] / "docs" / "running.md"
BLOCK = re.compile(r"(<!-- keys: (\S+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
TOP = "top"


def tables() -> dict[str, str]:
    """Dotted path of a section → its table in Markdown."""
    found: dict[str, str] = {}
    for path, model in sections():
        name = ".".join(path) or TOP
        # `task` and `tasks` are the same table, as are the budgets of the job and of a run.
        if name not in {"tasks", "budgets", "budgets.run"}:
            docs = field_docstrings(model)
            rows = (
                f"| `{key}` | {_kind(info)} | {_default(info)} | {_one_line(docs[key])} |"
                for key, info in model.model_fields.items()
            )
            found[name] = _table(rows)
    return found


def with_tables(text: str) -> str:
    """A document with every marked block filled in."""
    made = tables()
    return BLOCK.sub(lambda match: f"{match[1]}{made[match[2]]}{match[4]}", text)


def named(text: str) -> set[str]:
    """The sections a document has a block for."""
    return {match[2] for match in BLOCK.finditer(text)}


def _table(rows: Iterable[str]) -> str:
    return "\n".join(("| key | value | default | meaning |", "|---|---|---|---|", *rows)) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _kind(info: FieldInfo) -> str:
    return _name(info.annotation)


def _name(kind: Any) -> str:
    origin, parts = get_origin(kind), [part for part in get_args(kind) if part is not type(None)]
    if section_of(kind) is not None:
        name = "list of tables" if origin is tuple else "table"
    elif origin is Annotated:
        name = _name(parts[0])
    elif origin in (Union, types.UnionType):
        name = " or ".join(_name(part) for part in parts)
    elif origin is Literal:
        name = ", ".join(f"`{part}`" for part in parts)
    elif origin is tuple:
        name = f"list of {_name(parts[0])}s"
    elif origin is dict:
        name = "table of texts"
    else:
        name = {str: "text", int: "integer", float: "number", bool: "true or false"}[kind]
    return name


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value is None or value in ((), {}, "") or section_of(info.annotation) is not None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else f"`{value}`"


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")

"""The shape of the experiment file: which keys a table has, found by walking the models."""

from collections.abc import Iterator, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from benchwire.producer.runner.experiment import Experiment
from benchwire.producer.runner.limits import Section

Path = tuple[str, ...]
"""Keys from the top of the file; entries of lists leave no trace."""


def sections(
    top: type[Section] = Experiment, path: Path = ()
) -> Iterator[tuple[Path, type[Section]]]:
    """Yield every table of the file with its path, outer ones first."""
    yield path, top
    for name, info in top.model_fields.items():
        inner = section_of(info.annotation)
        if inner is not None:
            yield from sections(inner, (*path, name))


def section_at(location: Sequence[str | int]) -> type[Section] | None:
    """The table at a place that a validation error names; None for a plain value."""
    found: type[Section] | None = Experiment
    for part in location:
        if isinstance(part, int):
            continue
        info = None if found is None else found.model_fields.get(part)
        found = None if info is None else section_of(info.annotation)
    return found


def section_of(kind: Any) -> type[Section] | None:
    """The table a type is, or is a list of; None for plain values."""
    if isinstance(kind, type) and issubclass(kind, Section):
        return kind
    if get_origin(kind) in (tuple, Union, UnionType, Annotated):
        inner = (section_of(part) for part in get_args(kind) if part not in (NoneType, ...))
        return next((found for found in inner if found is not None), None)
    return None

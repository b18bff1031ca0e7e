"""One try to get out of the read-only SQL endpoint; for its marks see `escape_attempts`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A statement, with what comes beside it in the request."""

    sql: str
    params: Mapping[str, str] = field(default_factory=lambda: NONE)
    settings: Mapping[str, str] = field(default_factory=lambda: NONE)

    def __str__(self) -> str:
        """Name the test."""
        return " ".join([self.sql, *self.params.values(), *map("=".join, self.settings.items())])


def with_setting(**settings: str) -> Attempt:
    """A harmless statement with a setting in the URL."""
    return Attempt("SELECT number AS a FROM numbers(3)", settings=settings)

"""Read what a request says about the transport itself, beside the settings of its query."""

import math
from collections.abc import Mapping

from benchwire.embedded.errors import QueryError

BAD_ARGUMENT = 36


def is_on(arguments: Mapping[str, str], name: str) -> bool:
    """Tell whether a switch of the HTTP interface is on."""
    return arguments.get(name, "").lower() in {"1", "true"}


def number(arguments: Mapping[str, str], name: str, absent: float) -> float:
    """Return a number that is not negative; raises `QueryError` for anything else."""
    text = arguments.get(name, "")
    try:
        value = float(text) if text else absent
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise QueryError(
            f"{name} must be a number, not {text[:40]!r}. (BAD_ARGUMENTS)",
            code=BAD_ARGUMENT,
            status=400,
        )
    return value

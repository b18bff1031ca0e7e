"""References to the runner's environment in an experiment file: ``${NAME}``."""

import re
from collections.abc import Mapping
from typing import Final

_REFERENCE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def referenced(text: str) -> list[str]:
    """The names a text refers to, in order."""
    return _REFERENCE.findall(text)


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """Replace every reference by its value; raises KeyError(NAME) where it is not set."""
    return _REFERENCE.sub(lambda match: environ[match[1]], text)

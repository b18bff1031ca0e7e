"""Names the root of what failed in a trial, as far as outputs and exit codes tell."""

import re
from typing import Final

from benchwire.schemas.failure import BuildRoot, FailureRoot, HarnessRoot, ImportRoot

_MISSING_MODULE: Final = re.compile(
    r"^(?:\w+\.)*ModuleNotFoundError: No module named '([^'\n]{1,200})'"
    r"|^Error: Cannot find module '([^'\n]{1,200})'",
    re.MULTILINE,
)


def root_of_output(
    output: str, *, component: str, exit_code: int | None, command: str | None = None
) -> FailureRoot:
    """The root of a program that ended with an exit code other than 0.

    A module that is missing is an ``import``; a command of the setup, a ``build``; an agent's own
    end has no kind of its own, and is a ``harness`` root with the component ``agent``.
    """
    missing = _MISSING_MODULE.search(output)
    if missing is not None:
        return ImportRoot(kind="import", missing_module=missing[1] or missing[2])
    error_type = f"exit_code_{exit_code}"
    if command is not None:
        return BuildRoot(kind="build", error_type=error_type, command=command)
    return HarnessRoot(kind="harness", component=component, error_type=error_type)

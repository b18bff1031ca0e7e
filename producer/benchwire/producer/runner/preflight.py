"""Looks for the agents' programs before a job begins: half a matrix without its agent is no job."""

import os
import shutil
from collections.abc import Iterable

from benchwire.producer.runner.experiment import VariantSpec
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.schemas.errors import BenchwireError

COPILOT = "copilot"


class ProgramMissing(BenchwireError):  # noqa: N818 - a fact about the machine
    """A variant's program is not on this machine."""


def check_programs(trials: Iterable[PlannedTrial]) -> None:
    """Make sure that the program of every trial can be found.

    A command for the shell, and a path relative to the workspace, can only be found out by trying.

    Raises:
        ProgramMissing: It cannot.
    """
    missing = {
        (trial.policy_id, program)
        for trial in trials
        if (program := _program(trial.variant)) is not None and not _is_there(program)
    }
    if missing:
        text = "; ".join(f"policy {policy}: {program}" for policy, program in sorted(missing))
        raise ProgramMissing(
            f"programs that are not on this machine: {text}",
            hint="install them, correct `command`, or leave their policies out with --only",
        )


def _program(variant: VariantSpec) -> str | None:
    """The program, where it can be looked for."""
    command = variant.command
    if variant.adapter == "scripted" or (variant.adapter == "command" and isinstance(command, str)):
        return None
    program = COPILOT if command is None else command if isinstance(command, str) else command[0]
    relative = os.sep in program and not program.startswith(os.sep)
    return None if relative or "PATH" in variant.env else program


def _is_there(program: str) -> bool:
    return shutil.which(program) is not None

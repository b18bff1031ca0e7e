"""The environments of the programs of a trial, and the secrets in them."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchwire.producer.run_identity import RunIdentity
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.workspace import secrets_of_repo
from benchwire.schemas.secret_patterns import NAME_HINT

_OWN_PREFIX: Final = "BENCHWIRE_"
_INHERITED_CHARS_MIN: Final = 8
"""Shorter inherited values are not hidden: nobody asked for them to be."""


def secrets_of(planned: PlannedTrial) -> set[str]:
    """Every value that must appear nowhere: the variant's, the repository's, the inherited ones.

    Raises:
        KeyError: A variable that the variant refers to is not set.
    """
    inherited = {
        value for name, value in os.environ.items() if NAME_HINT.search(name) and _may_hide(value)
    }
    declared = planned.variant.secret_values(os.environ)
    return inherited | declared | secrets_of_repo(planned.task.repo)


def trial_env(
    planned: PlannedTrial, identity: RunIdentity, attempt: int, workspace: Path
) -> dict[str, str]:
    """The environment of setup and verify commands: the runner's, and which trial it is.

    The runner's own settings stay out: they lead to servers, with passwords.
    """
    kept = {name: value for name, value in os.environ.items() if not _is_own(name)}
    return {
        **kept,
        "BENCHWIRE_EXPERIMENT_ID": identity.experiment_id,
        "BENCHWIRE_JOB_ID": identity.job_id,
        "BENCHWIRE_POLICY_ID": identity.policy_id,
        "BENCHWIRE_TASK_ID": identity.task_id,
        "BENCHWIRE_RUN_ID": identity.run_id,
        "BENCHWIRE_TRIAL_NO": str(planned.trial_no),
        "BENCHWIRE_ATTEMPT": str(attempt),
        "BENCHWIRE_SEED": str(planned.seed),
        "BENCHWIRE_WORKSPACE": str(workspace),
        "BENCHWIRE_EXPERIMENT_DIR": str(planned.base_dir),
        "PWD": str(workspace),
    }


def agent_env(common: Mapping[str, str], planned: PlannedTrial) -> dict[str, str]:
    """The agent's environment: the common one, and the variant's."""
    variant = planned.variant
    extra = {"BENCHWIRE_MODEL": variant.model} if variant.model else {}
    return {**common, **extra, **variant.agent_env(os.environ)}


def environment_document() -> dict[str, Any]:
    """What outcomes may depend on; the machine itself is recorded apart from it."""
    return {"os": platform.system(), "arch": platform.machine()}


def _may_hide(value: str) -> bool:
    """Leave out what only the name makes a secret: a path, a word such as the name of a backend."""
    is_word = value.isalpha() and value.islower()
    return len(value) >= _INHERITED_CHARS_MIN and not value.startswith("/") and not is_word


def _is_own(name: str) -> bool:
    return name.startswith(_OWN_PREFIX)

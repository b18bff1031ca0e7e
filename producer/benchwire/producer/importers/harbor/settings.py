"""Draws the configuration and environment documents of a trial from what its job was told.

Two trials of one arm have equal documents, whatever their task, number and place on disk.
"""

from collections.abc import Mapping
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.harbor.head import TrialHead
from benchwire.producer.importers.harbor.job import Job

_MULTIPLIERS: Final = (
    "timeout_multiplier",
    "agent_timeout_multiplier",
    "verifier_timeout_multiplier",
    "agent_setup_timeout_multiplier",
    "environment_build_timeout_multiplier",
)
_PLACES: Final = frozenset({"mounts", "mounts_json", "delete", "force_build"})
"""Settings of where and how on this machine, not of what was tried."""


def config_document(head: TrialHead, job: Job, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the agent, its sandbox and its verifier were set up; None if nothing is known."""
    said = {name: config.get(name, job.config.get(name)) for name in _MULTIPLIERS}
    environment = fitting.mapping(config.get("environment", job.config.get("environment")))
    document = _known(
        {
            **said,
            "agent": _known(head.settings),
            "environment": _known(
                {key: value for key, value in environment.items() if key not in _PLACES}
            ),
            "verifier": _known(fitting.mapping(config.get("verifier", job.config.get("verifier")))),
        }
    )
    return fitting.document(document)


def environment_document(
    job: Job, config: Mapping[str, Any], agent_version: str | None
) -> dict[str, Any] | None:
    """The software that ran; None if nothing is known."""
    harness, record = job.harness
    environment = fitting.mapping(config.get("environment", job.config.get("environment")))
    document = _known(
        {
            "agent_version": agent_version,
            "harness": harness,
            "harness_version": record.get("version"),
            "harness_commit": record.get("git_commit_hash"),
            "sandbox": environment.get("type"),
        }
    )
    return fitting.document(document)


def timeout_seconds(head: TrialHead, job: Job, config: Mapping[str, Any]) -> float | None:
    """Wall time the agent may take, where it was set for the job; else the task decides."""
    given = fitting.real(head.settings.get("override_timeout_sec"))
    if given is None:
        return None
    limit = fitting.real(head.settings.get("max_timeout_sec"))
    factors = (
        fitting.real(config.get(name, job.config.get(name)))
        for name in ("agent_timeout_multiplier", "timeout_multiplier")
    )
    factor = next((one for one in factors if one is not None), 1.0)
    return (given if limit is None else min(given, limit)) * factor


def _known(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what is not set, so that older and newer versions agree."""
    return {key: value for key, value in document.items() if value not in (None, {}, [])}

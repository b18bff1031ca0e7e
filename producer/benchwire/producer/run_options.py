"""The keyword arguments of ``Producer.run``: the envelope's, and every field of ``run_start``."""

from collections.abc import Mapping
from typing import Any, Required

from benchwire.schemas.fields import RunStartFields


class RunOptions(RunStartFields, total=False):
    """What is known of a run before it starts."""

    experiment_id: Required[str]
    """The question asked."""
    policy_id: Required[str]
    """The arm under test."""
    task_id: Required[str]
    """The problem."""
    job_id: str | None
    """The launch; the producer's unless given."""
    run_id: str | None
    """UUID of this attempt; a new one unless given."""
    seed: int | None
    """Random seed."""
    emitter: str
    """Name of the run's own emitter; ``runner`` unless given."""


ENVELOPE_OPTIONS = ("experiment_id", "policy_id", "task_id", "job_id", "run_id", "seed", "emitter")
"""Those of them that are not part of the ``run_start`` payload."""


def split_options(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the envelope's options and the payload's, without those that are None."""
    envelope = {name: options.get(name) for name in ENVELOPE_OPTIONS}
    payload = {
        name: value
        for name, value in options.items()
        if name not in ENVELOPE_OPTIONS and value is not None
    }
    return envelope, payload

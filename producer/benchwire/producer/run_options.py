"""The keyword arguments of ``Producer.run``: the envelope's, and every field of ``run_start``."""

from collections.abc import Mapping
from typing import Any, Final, Required

from benchwire.producer.host import benchwire_version, this_host
from benchwire.producer.run_identity import RunIdentity
from benchwire.producer.trace_context import current_trace
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.fields import RunStartFields
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.identity import new_run_id
from benchwire.schemas.redaction import Redactor


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


_ENVELOPE: Final = frozenset(
    {"experiment_id", "policy_id", "task_id", "job_id", "run_id", "seed", "emitter"}
)
"""Those that are not part of the payload."""


def describe_run(
    options: Mapping[str, Any], job_id: str, redactor: Redactor
) -> tuple[RunIdentity, str, dict[str, Any]]:
    """Return the run's identity, the name of its emitter, and its ``run_start`` payload.

    Documents are redacted before they are hashed: the hash is that of what is recorded.

    Raises:
        InvalidEvent: An identifier or document is not valid.
    """
    given = {name: value for name, value in options.items() if value is not None}
    start = {name: value for name, value in given.items() if name not in _ENVELOPE}
    for document in ("config", "environment"):
        if document in start:
            start[document] = redactor.document(start[document])
    trace_id, span_id = current_trace()
    identity = RunIdentity(
        experiment_id=given.get("experiment_id", ""),
        job_id=given.get("job_id", job_id),
        policy_id=given.get("policy_id", ""),
        task_id=given.get("task_id", ""),
        run_id=given.get("run_id") or new_run_id(),
        cfg_hash=_hash_of(start, "config"),
        env_hash=_hash_of(start, "environment"),
        seed=given.get("seed"),
        trace_id=trace_id,
        span_id=span_id,
    )
    start.setdefault("host", this_host())
    start.setdefault("benchwire_version", benchwire_version())
    return identity, given.get("emitter", "runner"), start


def _hash_of(start: Mapping[str, Any], name: str) -> str | None:
    if name not in start:
        return None
    try:
        return document_hash(start[name])
    except (ValueError, RecursionError) as error:
        raise InvalidEvent("invalid_field", f"{name}: {error}") from None

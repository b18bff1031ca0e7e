"""The problem a run works on, and the features that make tasks comparable."""

from typing import Annotated

from pydantic import Field

from benchwire.schemas.limits import (
    Count,
    Fraction,
    Milliseconds,
    Name,
    Names,
    NonNegative,
    Sha256,
    Text,
)
from benchwire.schemas.payload import Payload


class TaskFeatures(Payload):
    """What is known of a task before anyone tries it."""

    repo_size_mb: NonNegative | None = None
    """Size of the repository, in MiB."""
    file_count: Count | None = None
    """Files in it."""
    language_mix: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] | None = None
    """Language → share of the code."""
    dependency_count: Count | None = None
    """Declared dependencies."""
    test_count: Count | None = None
    """Tests in the suite."""
    complexity_score: NonNegative | None = None
    """Complexity in the source's own scale."""
    domain: Name | None = None
    """Subject area."""
    historical_failure_rate: Fraction | None = None
    """Share of earlier runs that failed."""
    avg_completion_time_ms: Milliseconds | None = None
    """Mean duration of earlier runs."""


class Task(Payload):
    """One problem with its verifier; ``task_id`` is the key."""

    name: Name | None = None
    """Human-readable name."""
    version: Name | None = None
    """Version or git ref of the task."""
    checksum: Name | None = None
    """Digest of the task's content as its source states it."""
    dataset: Name | None = None
    """The suite it comes from."""
    prompt: Text | None = None
    """The instruction given to the agent, cut to the content limit."""
    prompt_bytes: Count | None = None
    """Full UTF-8 length of the prompt."""
    prompt_sha256: Sha256 | None = None
    """Digest of the full prompt."""
    fixture: Text | None = None
    """Directory the workspace is copied from."""
    repo: Text | None = None
    """Repository the workspace is cloned from."""
    ref: Name | None = None
    """Branch, tag or commit checked out."""
    setup: Names | None = None
    """Commands run before the agent."""
    verify: Text | None = None
    """Command that grades the workspace; exit 0 means resolved."""
    features: TaskFeatures | None = None
    """Features known beforehand."""

"""A grading of a run, which may come later than the run and more than once."""

from typing import Literal

from benchwire.schemas.limits import Name, Real, Text, Timestamp
from benchwire.schemas.payload import Payload
from benchwire.schemas.run import TestResults

VerdictOutcome = Literal["resolved", "unresolved", "ungraded", "excluded"]
"""``excluded`` takes a run out of every rate and into ``n_excluded``."""


class Verdict(Payload):
    """One grading. The one latest by (graded_at, payload_hash) decides the run's outcome."""

    grader: Name
    """Who or what graded."""
    grader_version: Name | None = None
    """Its version."""
    outcome: VerdictOutcome
    """The verdict."""
    score: Real | None = None
    """The grader's score, in its own scale."""
    rewards: dict[str, Real] | None = None
    """Rewards by name."""
    tests: TestResults | None = None
    """Test counts and names."""
    graded_at: Timestamp
    """When the grading was made; orders verdicts."""
    reason: Text | None = None
    """Why, for people."""

"""Why something went wrong, what was tried, and how it ended."""

from typing import Annotated, Literal

from pydantic import Field

from benchwire.schemas.limits import (
    Count,
    Fraction,
    Identifier,
    Items,
    JsonObject,
    Milliseconds,
    Name,
    Names,
    Real,
    Text,
)
from benchwire.schemas.payload import Payload


class BuildRoot(Payload):
    """The build broke."""

    kind: Literal["build"]
    error_type: Text | None = None
    """Class of the error."""
    command: Text | None = None
    """Command that failed."""


class ImportRoot(Payload):
    """A module could not be loaded."""

    kind: Literal["import"]
    missing_module: Text | None = None
    """Module that is missing."""
    suggested_fix: Text | None = None
    """What would help."""


class PathRoot(Payload):
    """A path was wrong."""

    kind: Literal["path"]
    invalid_path: Text | None = None
    """Path used."""
    expected_location: Text | None = None
    """Path that would be right."""


class FlakeRoot(Payload):
    """A test fails now and then."""

    kind: Literal["flake"]
    flaky_test: Text | None = None
    """The test."""
    failure_rate: Fraction | None = None
    """Share of its runs that fail."""


class SemanticRoot(Payload):
    """The code does the wrong thing."""

    kind: Literal["semantic"]
    logic_error: Text | None = None
    """What is wrong."""
    context: Text | None = None
    """Where."""


class PlanningRoot(Payload):
    """The plan was wrong."""

    kind: Literal["planning"]
    reasoning_error: Text | None = None
    """What was wrong with it."""
    step_number: Count | None = None
    """Step at which it went wrong."""


class ContextRoot(Payload):
    """Something needed was not in the context."""

    kind: Literal["context"]
    missing_info: Text | None = None
    """What was missing."""
    pruning_error: bool | None = None
    """True if it had been pruned away."""


class ToolRoot(Payload):
    """A tool was misused or broke."""

    kind: Literal["tool"]
    tool_name: Text | None = None
    """The tool."""
    usage_error: Text | None = None
    """How it was misused."""


class HarnessRoot(Payload):
    """Not the agent: the runner, the sandbox or the provider broke."""

    kind: Literal["harness"]
    component: Name | None = None
    """``runner``, ``sandbox``, ``model_provider``, ``verifier``, …"""
    error_type: Name | None = None
    """Exception class."""


FailureRoot = Annotated[
    BuildRoot
    | ImportRoot
    | PathRoot
    | FlakeRoot
    | SemanticRoot
    | PlanningRoot
    | ContextRoot
    | ToolRoot
    | HarnessRoot,
    Field(discriminator="kind"),
]
"""The first thing that went wrong."""


class RecoveryAttempt(Payload):
    """One try to get out of the failure."""

    strategy: Text
    """What was tried."""
    success: bool | None = None
    """True if it helped."""
    time_spent_ms: Milliseconds | None = None
    """How long it took."""
    side_effects: Names | None = None
    """What else it changed."""


class ErrorState(Payload):
    """Where things stood at the end."""

    recoverable: bool | None = None
    """True if another try could succeed."""
    error_category: Name | None = None
    """Class of the error."""
    confidence: Real | None = None
    """Confidence in this analysis."""
    similar_failures: Count | None = None
    """Failures of the same sort seen before."""


class Failure(Payload):
    """A failure and its analysis."""

    root: FailureRoot
    """The first thing that went wrong."""
    message: Text | None = None
    """What was reported, for people."""
    error_type: Name | None = None
    """Exception class or error code."""
    traceback: Text | None = None
    """Stack trace, cut to the content limit, redacted."""
    tool_call_id: Identifier | None = None
    """Tool call it happened in."""
    turn: Count | None = None
    """Turn it happened in."""
    fatal: bool | None = None
    """True if it ended the run."""
    recovery_attempts: Items[RecoveryAttempt] | None = None
    """What was tried, in order."""
    final_error_state: ErrorState | None = None
    """Where things stood at the end."""
    contributing_factors: Names | None = None
    """What made it more likely."""
    remediation_suggestions: Names | None = None
    """What would prevent it."""
    agent_id: Name | None = None
    """Sub-agent it happened to."""
    extra: JsonObject | None = None
    """What the source says beyond this vocabulary."""

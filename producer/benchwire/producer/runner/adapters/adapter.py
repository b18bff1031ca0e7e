"""What the runner asks of an agent adapter, and what an adapter is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.process import EndedBy
from benchwire.producer.runner.recorder import TrialRecorder
from benchwire.schemas.failure import FailureRoot
from benchwire.schemas.policy import Agent
from benchwire.schemas.run import ErrorCause, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """What is known of the agent before it starts; part of ``run_start``."""

    agent: Agent
    session_id: str | None = None
    source: Source | None = None
    """Set where the same session can also be imported: the import then does not count twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTask:
    """One task for one agent."""

    planned: PlannedTrial
    workspace: Path
    """Where the agent works."""
    private: Path
    """For the files that agent and runner share while it works; deleted afterwards."""
    folder: Path
    """Takes what is kept of the agent's files, secrets removed."""
    env: Mapping[str, str]
    """The agent's environment; an adapter adds to it."""
    timeout_seconds: float
    cancel: Cancellation
    recorder: TrialRecorder


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProblem:
    """Why an agent's work counts as failed, though nobody ended it."""

    error_type: str
    message: str
    root: FailureRoot
    cause: ErrorCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    """How the agent ended, and what it says it used."""

    exit_code: int | None
    ended_by: EndedBy
    problem: AgentProblem | None = None
    totals: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields of ``run_stop`` that only the agent knows: usage, models, turns, context, …"""


class AgentAdapter(Protocol):
    """Drives one agent through one trial; made anew for each."""

    def facts(self) -> AgentFacts:
        """What is known beforehand. May start the agent to ask for its version."""
        ...

    def run(self, task: AgentTask) -> AgentResult:
        """Let the agent work until it ends or is ended, emitting what it does meanwhile.

        Raises:
            ProgramNotStarted: There is no such agent; the trial ends with ``harness_error``,
                for an agent that never ran says nothing about the policy.
        """
        ...

"""What went wrong in a trial: the one thing that decides its status, worded for events and people.

Which status follows from what:

- the runner, the workspace, a setup command, the verifier, or an agent that cannot be started:
  ``harness_error``, which is tried again. None of them says anything about the policy.
- the agent ends with an exit code other than 0, or leaves no session: ``agent_failed``.
- the agent's time is up: ``timed_out``. A stop, a budget, Ctrl-C: ``cancelled``.

What the agent left is verified unless the trial was cancelled or the agent never worked: status and
outcome are told apart.
"""

from dataclasses import dataclass

from benchwire.producer.exceptions import failure_of
from benchwire.producer.runner.adapters.adapter import AgentResult
from benchwire.producer.runner.git import GitFailed, GitMissing
from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.runner.process import ProgramNotStarted
from benchwire.producer.runner.recorder import TrialRecorder
from benchwire.producer.runner.verify import VerifierFailed
from benchwire.producer.runner.workspace import WorkspaceFailed
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.failure import FailureRoot, HarnessRoot
from benchwire.schemas.run import ErrorCause, RunStatus

AGENT_OUTPUT = "agent/output.txt"
SETUP_OUTPUT = "setup/output.txt"
VERIFIER_OUTPUT = "verifier/test-stdout.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that went wrong."""

    status: RunStatus
    error_type: str
    message: str
    cause: ErrorCause
    root: FailureRoot
    artifact: str | None = None
    """The file that tells the whole story, relative to the run's directory."""
    error: Exception | None = None
    """Set where the runner itself broke: its traceback is recorded."""


class SetupFailed(BenchwireError):  # noqa: N818 - a fact about a trial
    """A setup command failed, or setup took too long."""

    def __init__(self, message: str, *, error_type: str, root: FailureRoot) -> None:
        super().__init__(message, hint=f"its output is in {SETUP_OUTPUT}")
        self.error_type = error_type
        self.root = root


class TrialCancelled(Exception):  # noqa: N818 - a fact about a trial
    """The trial was asked to stop before its agent ended."""


def problem_of(error: Exception, cancel: Cancellation) -> Problem:
    """What an exception in a phase of the trial means."""
    if isinstance(error, TrialCancelled):
        return cancelled(cancel)
    if isinstance(error, SetupFailed):
        return _harness(
            error.error_type, str(error), "sandbox_failed", root=error.root, artifact=SETUP_OUTPUT
        )
    if isinstance(error, VerifierFailed):
        return _harness(
            error.error_type,
            str(error),
            "verifier_failed",
            component="verifier",
            artifact=VERIFIER_OUTPUT,
        )
    kind = type(error).__name__
    if isinstance(error, WorkspaceFailed | GitFailed | GitMissing):
        return _harness(kind, _with_hint(error), "sandbox_failed", component="sandbox")
    if isinstance(error, ProgramNotStarted):
        return _harness(kind, _with_hint(error), "harness_failed", component="agent")
    return _harness(kind, str(error) or kind, "harness_failed", component="runner", error=error)


def problem_of_agent(result: AgentResult, cancel: Cancellation, seconds: float) -> Problem | None:
    """What the agent's end means; None if all is well."""
    if result.ended_by == "cancel":
        return cancelled(cancel)
    if result.ended_by == "timeout":
        return Problem(
            status="timed_out",
            error_type="AgentTimeoutError",
            message=f"the agent was still working after {seconds:g} s",
            cause="agent_exhausted_budget",
            root=HarnessRoot(kind="harness", component="agent", error_type="AgentTimeoutError"),
            artifact=AGENT_OUTPUT,
        )
    problem = result.problem
    if problem is None:
        return None
    return Problem(
        status="agent_failed",
        error_type=problem.error_type,
        message=problem.message,
        cause=problem.cause or "unclassified",
        root=problem.root,
        artifact=AGENT_OUTPUT,
    )


def cancelled(cancel: Cancellation) -> Problem:
    """Somebody asked the trial to stop; the reason is the message."""
    kind = f"cancelled_by_{cancel.kind}"
    return Problem(
        status="cancelled",
        error_type=kind,
        message=cancel.reason or "cancelled",
        cause="cancelled",
        root=HarnessRoot(kind="harness", component="runner", error_type=kind),
    )


def record(recorder: TrialRecorder, problem: Problem) -> None:
    """Emit the ``failure`` that goes with a problem."""
    if problem.error is not None:
        recorder.emit("runner", "failure", failure_of(problem.error, recorder.redactor))
        return
    recorder.fail(
        "runner",
        problem.root,
        problem.message,
        error_type=problem.error_type,
        fatal=True,
    )


def _harness(  # noqa: PLR0913 - the parts of a problem
    error_type: str,
    message: str,
    cause: ErrorCause,
    *,
    component: str = "runner",
    root: FailureRoot | None = None,
    artifact: str | None = None,
    error: Exception | None = None,
) -> Problem:
    return Problem(
        status="harness_error",
        error_type=error_type,
        message=message,
        cause=cause,
        root=root or HarnessRoot(kind="harness", component=component, error_type=error_type),
        artifact=artifact,
        error=error,
    )


def _with_hint(error: BenchwireError) -> str:
    return f"{error}; {error.hint}" if error.hint else str(error)

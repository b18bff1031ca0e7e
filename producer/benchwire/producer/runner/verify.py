"""Judges what an agent left in its workspace: a verify command, a reward file, or both.

Exit code 0 of the command means resolved. Where the task names a reward file, the reward decides
instead; one that the agent left there is deleted before the command runs. Where the verifier can
give no verdict (time limit, no reward where one should be) the run is ungraded, and its status
``harness_error`` with cause ``verifier_failed``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from benchwire.producer.runner.experiment import TaskSpec
from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.process import Program, run_program, shell
from benchwire.producer.runner.reward import RewardUnreadable, discard_reward, read_reward
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.redaction import Redactor

OUTPUT_NAME: Final = "test-stdout.txt"
_SIGNALLED: Final = 128
_NOT_FOUND: Final = 127


class VerifierFailed(BenchwireError):  # noqa: N818 - a fact about a trial
    """The verifier gave no verdict."""

    def __init__(self, message: str, error_type: str) -> None:
        super().__init__(message, hint=f"its output is in verifier/{OUTPUT_NAME}")
        self.error_type = error_type


class VerifierCancelled(Exception):  # noqa: N818 - a fact about a trial
    """The trial was cancelled while it was verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The verdict on a workspace."""

    outcome: Literal["resolved", "unresolved"]
    score: float | None
    rewards: dict[str, float] = field(default_factory=dict[str, float])
    grader: Literal["verify-command", "reward-file"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """Where and how a workspace is judged."""

    workspace: Path
    folder: Path
    """Takes the verifier's output and reward."""
    env: Mapping[str, str]
    timeout_seconds: float
    cancel: Cancellation
    redactor: Redactor


def is_judged(task: TaskSpec) -> bool:
    """Whether a task says how its work is judged."""
    return task.verify is not None or task.reward_file is not None


def verify(task: TaskSpec, how: Verifying) -> Grade | None:
    """Judge a workspace; None where the task does not say how.

    Raises:
        VerifierFailed: There is no verdict where one should be.
        VerifierCancelled: Nobody waits for a verdict any more.
    """
    reward_file = None if task.reward_file is None else how.workspace / task.reward_file
    exit_code = None
    if task.verify is not None:
        if reward_file is not None:
            _discard(reward_file, how)
        exit_code = _run(task.verify, how)
    if reward_file is not None:
        return _by_reward(reward_file, how)
    if exit_code is None:
        return None
    resolved = exit_code == 0
    return Grade(
        outcome="resolved" if resolved else "unresolved",
        score=float(resolved),
        rewards={"reward": float(resolved)},
        grader="verify-command",
        reason=_reason(exit_code),
    )


def _run(command: str, how: Verifying) -> int:
    program = Program(
        command=shell(command),
        cwd=how.workspace,
        env=how.env,
        timeout_seconds=how.timeout_seconds,
    )
    with OutputFile(how.folder / OUTPUT_NAME, how.redactor) as output:
        end = run_program(program, output, how.cancel)
    if end.ended_by == "cancel":
        raise VerifierCancelled
    if end.ended_by == "timeout" or end.exit_code is None:
        text = f"the verify command was still running after {how.timeout_seconds:g} s"
        raise VerifierFailed(text, "VerifierTimeoutError")
    return end.exit_code


def _discard(path: Path, how: Verifying) -> None:
    try:
        discard_reward(path, how.workspace)
    except RewardUnreadable as error:
        raise VerifierFailed(str(error), error.error_type) from error


def _by_reward(path: Path, how: Verifying) -> Grade:
    try:
        reward = read_reward(path)
    except RewardUnreadable as error:
        raise VerifierFailed(str(error), error.error_type) from error
    how.folder.mkdir(parents=True, exist_ok=True)
    kept = how.folder / f"reward{reward.path.suffix}"
    kept.write_text(how.redactor.text(reward.text), encoding="utf-8")
    return Grade(
        outcome="resolved" if reward.resolved else "unresolved",
        score=reward.score,
        rewards=reward.rewards,
        grader="reward-file",
        reason=reward.path.name,
    )


def _reason(exit_code: int) -> str:
    if exit_code > _SIGNALLED:
        return f"exit code {exit_code}: killed by signal {exit_code - _SIGNALLED}"
    return f"exit code {exit_code}" + (": command not found" if exit_code == _NOT_FOUND else "")

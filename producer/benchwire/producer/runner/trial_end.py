"""Words how a trial ended: the fields of ``run_stop``, and the document beside its artifacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.problem import Problem
from benchwire.producer.runner.verify import Grade
from benchwire.producer.runner.workspace import Changes
from benchwire.schemas.limits import LIST_ITEMS_MAX, NAME_CHARS_MAX
from benchwire.schemas.run import Artifact, Outcome, RunStatus
from benchwire.schemas.timestamps import wire_timestamp
from benchwire.schemas.verdict import Verdict

_REWARD_COUNTS = frozenset({"ok", "timed_out", "agent_failed"})


@dataclass(slots=True)
class TrialEnd:
    """What is collected on the way; None is unknown."""

    problem: Problem | None = None
    """What decides the status."""
    exit_code: int | None = None
    totals: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changes: Changes | None = None
    grade: Grade | None = None
    phase_ms: dict[str, float] = field(default_factory=dict[str, float])

    def note(self, problem: Problem) -> None:
        """Take up a problem; the first one decides the status.

        A trial that is cancelled before its verdict is cancelled, however its agent ended: any
        other status is final, and nobody would verify its work any more.
        """
        if self.problem is None or problem.status == "cancelled":
            self.problem = problem

    @property
    def status(self) -> RunStatus:
        """What the harness says."""
        return "ok" if self.problem is None else self.problem.status

    @property
    def outcome(self) -> Outcome:
        """What the verifier says."""
        return "ungraded" if self.grade is None else self.grade.outcome

    @property
    def score(self) -> float | None:
        """The verifier's score."""
        return None if self.grade is None else self.grade.score

    def verdict(self) -> Verdict | None:
        """The grading as an event of the verifier."""
        grade = self.grade
        if grade is None:
            return None
        return Verdict(
            grader=grade.grader,
            outcome=grade.outcome,
            score=grade.score,
            rewards=grade.rewards,
            graded_at=wire_timestamp(),
            reason=grade.reason,
        )

    def stop_fields(self, duration_ms: float, artifacts: list[Artifact]) -> dict[str, Any]:
        """The fields of ``run_stop``: the agent's totals below, what the runner knows above."""
        fields = {
            **self.totals,
            "status": self.status,
            "outcome": self.outcome,
            "score": self.score,
            "rewards": None if self.grade is None else self.grade.rewards,
            "reward_valid": self._reward_valid(),
            "exit_code": self.exit_code,
            "duration_ms": duration_ms,
            "setup_ms": self.phase_ms.get("setup"),
            "agent_ms": self.phase_ms.get("agent"),
            "verify_ms": self.phase_ms.get("verify"),
            "artifacts": artifacts or None,
            **self._problem_fields(),
            **self._change_fields(),
        }
        return {name: value for name, value in fields.items() if value is not None}

    def document(self, planned: PlannedTrial, run_id: str, attempt: int) -> dict[str, Any]:
        """What ``trial.json`` says: the keys of the trial and how it ended."""
        problem = self.problem
        return {
            "experiment_id": planned.experiment_id,
            "job_id": planned.job_id,
            "policy_id": planned.policy_id,
            "task_id": planned.task_id,
            "trial_no": planned.trial_no,
            "attempt": attempt,
            "run_id": run_id,
            "seed": planned.seed,
            "status": self.status,
            "outcome": self.outcome,
            "score": self.score,
            "rewards": None if self.grade is None else self.grade.rewards,
            "exit_code": self.exit_code,
            "session_id": self.totals.get("session_id"),
            "error_type": None if problem is None else problem.error_type,
            "error": None if problem is None else problem.message,
            "phase_ms": self.phase_ms,
        }

    def _reward_valid(self) -> bool | None:
        if self.grade is None:
            return None
        return self.status in _REWARD_COUNTS

    def _problem_fields(self) -> dict[str, Any]:
        problem = self.problem
        if problem is None:
            return {}
        early = problem.status in {"cancelled", "timed_out"}
        return {
            "error": problem.message,
            "error_type": problem.error_type,
            "error_cause": problem.cause,
            "error_artifact": problem.artifact,
            **({"early_stopped": True, "early_stop_reason": problem.message} if early else {}),
        }

    def _change_fields(self) -> dict[str, Any]:
        changes = self.changes
        if changes is None:
            return {}
        names = tuple(name[:NAME_CHARS_MAX] for name in changes.files[:LIST_ITEMS_MAX])
        return {
            "files_modified": len(changes.files),
            "files_modified_names": names,
            "lines_added": changes.lines_added,
            "lines_removed": changes.lines_removed,
        }

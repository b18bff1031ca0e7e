"""Says what an imported run is called: which experiment, policy, task and trial it belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The labels of one imported run."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    trial_no: int | None
    attempt: int = 1
    """Which try of the trial: an infrastructure retry counts on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOverrides:
    """Labels the caller wants; absent ones are derived from the source."""

    experiment_id: str | None = None
    job_id: str | None = None
    policy_id: str | None = None
    task_id: str | None = None
    trial_no: int | None = None

    def over(self, derived: Labels) -> Labels:
        """The labels to use: the caller's where given, else the derived ones."""
        return Labels(
            experiment_id=self.experiment_id or derived.experiment_id,
            job_id=self.job_id or derived.job_id,
            policy_id=self.policy_id or derived.policy_id,
            task_id=self.task_id or derived.task_id,
            trial_no=self.trial_no if self.trial_no is not None else derived.trial_no,
            attempt=derived.attempt,
        )

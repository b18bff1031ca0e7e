"""One trial, read whole: its documents, its rewards, its agent's logs."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.harbor import failures, grading
from benchwire.producer.importers.harbor.documents import TrialResult, read_trial_result
from benchwire.producer.importers.harbor.grading import Rewards
from benchwire.producer.importers.harbor.head import TrialHead, exception_in, trial_config
from benchwire.producer.importers.harbor.job import Job
from benchwire.producer.importers.harbor.layout import CONFIG, RESULT
from benchwire.producer.importers.harbor.logs import AgentLog, SessionLog, read_logs
from benchwire.producer.importers.harbor.step_rewards import StepRewards, rewards_by_step
from benchwire.producer.importers.importer import Translating
from benchwire.schemas.hashing import canonical_json
from benchwire.schemas.run import TestResults

_VERIFIER: Final = "verifier"
_SMALL_FILES: Final = (
    RESULT,
    CONFIG,
    "exception.txt",
    f"{_VERIFIER}/{grading.REWARD_TEXT}",
    f"{_VERIFIER}/{grading.REWARD_JSON}",
    f"{_VERIFIER}/{grading.TESTS}",
)


@dataclass(slots=True)
class Trial:
    """What is known of a trial before its events are made."""

    head: TrialHead
    job: Job
    result: TrialResult
    config: dict[str, Any]
    exceptions: list[dict[str, Any]]
    rewards: Rewards | None
    tests: TestResults | None
    step_rewards: StepRewards
    """Those of the steps of a multi-step trial."""
    logs: list[AgentLog] = field(default_factory=list[AgentLog])

    @property
    def is_open(self) -> bool:
        """True if the job still runs it: it has neither a result nor a place in the statistics."""
        return self.job.is_running and not self.has_result and self.head.name not in self.job.listed

    @property
    def has_result(self) -> bool:
        """True if the harness wrote what became of the trial."""
        return self.result != TrialResult()

    @property
    def error_types(self) -> list[str]:
        """Classes of what was raised, the trial's own first."""
        return [failures.type_of(exception) for exception in self.exceptions]

    @property
    def began_us(self) -> int:
        """When it began in UTC; else when its log begins, else its job. 1970: nobody says."""
        logged = [us for log in self.logs if (us := _first_us(log)) is not None]
        first = min(logged) if logged else self.job.began_us
        return (self.head.started_us if self.head.started_us is not None else first) or 0

    @property
    def ended_us(self) -> int:
        """When it ended in UTC; else when its log ends."""
        if self.head.finished_us is not None:
            return max(self.head.finished_us, self.began_us)
        logged = [us for log in self.logs if (us := _last_us(log)) is not None]
        return max([*logged, self.began_us])

    @property
    def graded_us(self) -> int | None:
        """When the verifier finished."""
        phase = fitting.mapping(self.result.verifier)
        return timestamps.utc_instant_us(phase.get("finished_at")) or self.head.finished_us


def read_trial(head: TrialHead, job: Job, translating: Translating) -> Trial:
    """Read a trial.

    Raises:
        Unreadable: Its result or configuration is broken.
    """
    notices, path = translating.notices, head.folder / RESULT
    result = read_trial_result(path) if path.is_file() else TrialResult()
    trial = Trial(
        head=head,
        job=job,
        result=result,
        config=trial_config(head.folder, result),
        exceptions=result.exceptions,
        rewards=grading.rewards_of(fitting.mapping(result.verifier_result).get("rewards")),
        tests=grading.tests_in(head.folder / _VERIFIER, notices),
        step_rewards=rewards_by_step(head.folder, result, notices),
    )
    listed = job.listed.get(head.name)
    if not trial.has_result:
        said = exception_in(head.folder)
        if listed is not None and listed.exception_type is not None:
            said = {**said, "exception_type": listed.exception_type}
        trial.exceptions = [said] if said else []
    if trial.rewards is None and listed is not None:
        trial.rewards = listed.rewards or None
    if trial.rewards is None and _was_graded(trial):
        trial.rewards = grading.rewards_in(head.folder / _VERIFIER, notices)
    steps = [fitting.name(step.step_name) or "" for step in result.step_results or []]
    trial.logs = read_logs(head.folder, steps, translating)
    return trial


def _was_graded(trial: Trial) -> bool:
    """Tell whether the harness would have taken what its verifier left.

    It takes no reward from a verifier that it saw fail; but an agent that fails or runs out of
    time is graded like any other, and only a result could say otherwise.
    """
    if trial.has_result:
        return not trial.exceptions
    return all(failures.is_of_agent(error_type) for error_type in trial.error_types)


def content_of(trial: Trial, job_facts: dict[str, Any]) -> tuple[str, int]:
    """Digest of everything a trial's events are made of, and the number of records in it.

    Of the job only what concerns the trial counts: its files change with every other trial.
    """
    digest = hashlib.sha256(canonical_json(fitting.document(job_facts) or {}))
    n_records = 0
    for name in _SMALL_FILES:
        path = trial.head.folder / name
        if path.is_file():
            n_records += 1
            digest.update(name.encode() + b"\0" + _digest_of(path))
    for log in trial.logs:
        digest.update(log.prefix.encode() + b"\0" + log.scan.content_sha256.encode())
        n_records += log.scan.n_records if isinstance(log, SessionLog) else log.scan.n_steps
    return digest.hexdigest(), n_records


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _first_us(log: AgentLog) -> int | None:
    return log.scan.header.first_us if isinstance(log, SessionLog) else log.scan.first_us


def _last_us(log: AgentLog) -> int | None:
    return log.scan.header.last_us if isinstance(log, SessionLog) else log.scan.last_us

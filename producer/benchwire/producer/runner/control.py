"""Commands to running jobs over BENCH_CONTROL: what they look like, obeying and answering them.

A command lies on ``bench.control.<experiment>``; the stream keeps the last one, so a runner
that was away sees it when it comes back. A runner obeys what names its own job, or every job of
its experiment that runs at that moment; what has expired it ignores. The answer is a
``heartbeat`` of one of the job's runs, emitter ``control``, whose ``extra`` names the command;
each cancelled run then ends with a ``run_stop`` that carries the reason.

Who may publish on ``bench.control.>`` is a matter of the server's permissions: role operator.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Protocol
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchwire.producer.log import log_warning
from benchwire.producer.producer import Producer
from benchwire.producer.run_identity import RunIdentity
from benchwire.producer.runner.history import CancelledBy
from benchwire.producer.runner.job_events import StopKind
from benchwire.producer.runner.ledger import Ledger
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.schemas.limits import Identifier, Text, Timestamp
from benchwire.schemas.subject import subject_token
from benchwire.schemas.timestamps import wire_timestamp

CONTROL_STREAM: Final = "BENCH_CONTROL"
CONTROL_PREFIX: Final = "bench.control"
ANSWER_EMITTER: Final = "control"
REASON_CHARS_MAX: Final = 1_000


class Command(BaseModel):
    """A message of BENCH_CONTROL. Fields a later version adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)

    command_id: Identifier
    """UUID; a command that comes twice takes effect once."""
    command: Literal["stop"]
    """What to do."""
    job_id: Identifier | None = None
    """The job it is for; absent: every job of the experiment that runs when it is issued."""
    run_id: Identifier | None = None
    """The one run it is for; absent: the whole job."""
    reason: Annotated[Text, Field(max_length=REASON_CHARS_MAX)] = ""
    """Why, for the record."""
    issued_by: Identifier
    """Who asks."""
    issued_at: Timestamp
    """When."""
    expires_at: Timestamp
    """From then on nobody obeys it."""

    def told(self) -> str:
        """The reason as it is recorded in the runs it cancels."""
        why = f": {self.reason}" if self.reason else ""
        return f"stopped by {self.issued_by}{why} (command {self.command_id})"


def control_subject(experiment_id: str) -> str:
    """Subject of the commands to the jobs of an experiment."""
    return f"{CONTROL_PREFIX}.{subject_token(experiment_id)}"


class StoppableJob(Protocol):
    """The job that commands are for."""

    def stop(self, kind: StopKind, reason: str) -> None:
        """Cancel all runs and start no other."""
        ...

    def stop_run(self, run_id: str, by: CancelledBy, reason: str) -> bool:
        """Cancel one run; False if it does not run here."""
        ...

    def running(self) -> dict[str, PlannedTrial]:
        """What runs now, by run_id."""
        ...

    def left(self) -> int:
        """Trials that have not been started."""
        ...


class CommandReceiver:
    """Obeys the commands for one job, each once, and answers with an event."""

    def __init__(
        self,
        producer: Producer,
        trials: list[PlannedTrial],
        ledger: Ledger,
        job: StoppableJob,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._producer = producer
        self._trials = {trial.key: trial for trial in trials}
        self._job_id = trials[0].job_id
        self._ledger = ledger
        self._job = job
        self._clock = clock
        self._launched_at = wire_timestamp(clock())
        self._lock = threading.Lock()

    def receive(self, message: bytes) -> None:
        """Take one message of the stream; what is not for this job leaves no trace."""
        try:
            command = Command.model_validate_json(message)
        except ValidationError as error:
            wrong = [".".join(map(str, one["loc"])) for one in error.errors(include_input=False)]
            log_warning("command_ignored", reason="invalid", fields=wrong)
            return
        with self._lock:
            if self._is_for_us(command):
                self._obey(command)

    def _is_for_us(self, command: Command) -> bool:
        if command.command_id in self._ledger.history.commands:
            return False
        if command.job_id is None and command.issued_at < self._launched_at:
            return False  # It was for those who ran then.
        if command.job_id not in {None, self._job_id}:
            return False
        if command.expires_at <= wire_timestamp(self._clock()):
            log_warning("command_ignored", reason="expired", command_id=command.command_id)
            return False
        return True

    def _obey(self, command: Command) -> None:
        running = self._job.running()
        if command.run_id is None:
            self._ledger.obeyed(command.command_id)
            self._answer(command, running)
            self._job.stop("command", command.told())
        elif command.run_id in running:
            self._ledger.obeyed(command.command_id)
            self._answer(command, {command.run_id: running[command.run_id]})
            self._job.stop_run(command.run_id, "command", command.told())

    def _answer(self, command: Command, running: dict[str, PlannedTrial]) -> None:
        """Emit a heartbeat of a run that is cancelled; of the last one, if none runs just now."""
        history = self._ledger.history
        run_id = next(iter(running), history.last_run_id)
        trial = running.get(run_id or "") or self._trials.get(history.last_trial or ("", "", 0))
        if run_id is None or trial is None:
            log_warning("command_not_answered", command_id=command.command_id)
            return
        identity = RunIdentity(
            experiment_id=trial.experiment_id,
            job_id=trial.job_id,
            policy_id=trial.policy_id,
            task_id=trial.task_id,
            run_id=run_id,
            seed=trial.seed,
        )
        emitter = self._producer.open_emitter(identity, ANSWER_EMITTER)
        emitter.emit("heartbeat", {"phase": "stopping", "extra": self._facts(command, running)})
        emitter.close()

    def _facts(self, command: Command, running: dict[str, PlannedTrial]) -> dict[str, Any]:
        return {
            "answer": "obeyed",
            "command_id": command.command_id,
            "command": command.command,
            "issued_by": command.issued_by,
            "reason": command.reason,
            "runs_cancelled": len(running),
            "trials_not_started": self._job.left() if command.run_id is None else 0,
        }


def new_command(
    *,
    job_id: str | None,
    run_id: str | None,
    reason: str,
    issued_by: str,
    valid_seconds: float,
) -> Command:
    """A command to stop, issued now."""
    now = datetime.now(UTC)
    return Command(
        command_id=str(uuid4()),
        command="stop",
        job_id=job_id,
        run_id=run_id,
        reason=reason,
        issued_by=issued_by,
        issued_at=wire_timestamp(now),
        expires_at=wire_timestamp(now + timedelta(seconds=valid_seconds)),
    )

"""One launch of an experiment file: from its path to the last trial, everything but the screen."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchwire.producer.producer import Producer
from benchwire.producer.runner.control import CommandReceiver
from benchwire.producer.runner.control_listener import ControlListener
from benchwire.producer.runner.execution import HowToRun, JobRunner
from benchwire.producer.runner.experiment import Experiment
from benchwire.producer.runner.experiment_file import load_experiment
from benchwire.producer.runner.guarded_trial import TrialFunction
from benchwire.producer.runner.job_directory import RUNS
from benchwire.producer.runner.job_events import JobFinished, Observer
from benchwire.producer.runner.ledger import open_ledger
from benchwire.producer.runner.plan import PlannedTrial, only, plan
from benchwire.producer.runner.preflight import check_programs
from benchwire.producer.runner.trial import TrialSettings, run_trial
from benchwire.producer.runner.workspace import Workspace
from benchwire.producer.start import new_job_id
from benchwire.schemas.errors import BenchwireError, InvalidEvent
from benchwire.schemas.event import check_identifier


class UnknownCell(BenchwireError):  # noqa: N818 - a fact about what was asked for
    """``--only`` names a cell that the experiment does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is to be run; made by :func:`prepare`."""

    experiment: Experiment
    trials: list[PlannedTrial]
    """Those asked for, in the order they are run."""
    concurrency: int
    keep: bool

    @property
    def experiment_id(self) -> str:
        """The question asked."""
        return self.trials[0].experiment_id

    @property
    def job_id(self) -> str:
        """This launch, or the one it goes on with."""
        return self.trials[0].job_id


def prepare(  # noqa: PLR0913 - what may be said about a launch
    path: Path,
    *,
    job_id: str | None = None,
    concurrency: int | None = None,
    cells: Sequence[str] = (),
    keep: bool = False,
    environ: Mapping[str, str] | None = os.environ,
) -> Launch:
    """Read the file and make the plan; without ``job_id`` it is a new job.

    Without ``environ``, what the file takes from the environment need not be there.

    Raises:
        ExperimentFileInvalid: The file cannot be used.
        UnknownCell: A cell names nothing of the plan.
        InvalidEvent: The job's name is too long for an identifier.
    """
    experiment = load_experiment(path, environ)
    path = path.resolve()
    if job_id is not None:
        _check_job_id(job_id)
    trials = plan(experiment, job_id or new_job_id(), path.parent)
    try:
        chosen = only(trials, cells)
    except LookupError as error:
        policies = {trial.policy_id for trial in trials}
        tasks = {trial.task_id for trial in trials}
        raise UnknownCell(
            f"{path}: there is no cell {error}",
            hint=f"policies: {', '.join(sorted(policies))}; tasks: {', '.join(sorted(tasks))}",
        ) from None
    return Launch(
        experiment=experiment,
        trials=chosen,
        concurrency=concurrency or experiment.concurrency,
        keep=keep,
    )


def _check_job_id(job_id: str) -> None:
    try:
        check_identifier(job_id)
    except ValueError:
        raise InvalidEvent("invalid_field", "job: 1 to 256 bytes of text") from None


def run_job(
    launch: Launch,
    producer: Producer,
    observer: Observer,
    *,
    started: Callable[[JobRunner], None] = lambda _runner: None,
    trial_function: TrialFunction = run_trial,
) -> JobFinished:
    """Run what the job has left to do; ``started`` gets hold of the runner, to stop it.

    Raises:
        ProgramMissing: An agent is not on this machine; nothing was run.
        JobBusy: Another process runs the job.
        JobDiffers: The job was started with another experiment.
        LedgerDamaged: The job's ledger cannot be read.
        OSError: The disk does not take the ledger.
    """
    data_dir = producer.settings.data_dir
    experiment = launch.experiment
    with open_ledger(
        data_dir, launch.job_id, launch.experiment_id, experiment.redacted()
    ) as ledger:
        left = [t for t in launch.trials if ledger.history.of(t.key).final is None]
        check_programs(left)
        how = HowToRun(
            concurrency=launch.concurrency,
            retries=experiment.retries,
            budgets=experiment.budgets,
            settings=TrialSettings(
                workspaces_dir=ledger.directory / "workspaces",
                artifacts_dir=ledger.directory / RUNS,
                keep=launch.keep,
                timeouts=experiment.timeouts,
            ),
        )
        for run_id in ledger.history.open_runs:
            Workspace(how.settings.workspaces_dir / run_id).remove()  # A killed runner left it.
        runner = JobRunner(
            producer,
            launch.trials,
            ledger=ledger,
            how=how,
            run_trial=trial_function,
            observer=observer,
        )
        receiver = CommandReceiver(producer, launch.trials, ledger, runner)
        started(runner)
        with ControlListener(producer.settings, launch.experiment_id, receiver.receive):
            return runner.run()

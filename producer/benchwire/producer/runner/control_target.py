"""Tells what `benchwire stop NAME` means: a job or an experiment, and who should answer."""

from dataclasses import dataclass
from pathlib import Path

from benchwire.producer.runner.job_directory import is_running, known_jobs
from benchwire.schemas.errors import BenchwireError


class UnknownTarget(BenchwireError):  # noqa: N818 - a fact about what was asked for
    """No job or experiment of this name was run from this data directory."""


class NothingRuns(BenchwireError):  # noqa: N818 - a fact about what was asked for
    """The job, or every job of the experiment, has ended; a command would hit its next launch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a command is for."""

    experiment_id: str
    job_id: str | None
    """None: every job of the experiment that runs now."""
    expected: frozenset[str]
    """Jobs whose answers are waited for."""


def find_target(data_dir: Path, name: str, experiment_id: str | None = None) -> Target:
    """Find a job, or else an experiment, among those run from this data directory.

    With ``experiment_id``, ``name`` is a job of it, wherever it runs.

    Raises:
        UnknownTarget: There is none.
        NothingRuns: No process runs it.
    """
    if experiment_id is not None:
        return Target(experiment_id=experiment_id, job_id=name, expected=frozenset({name}))
    jobs = dict(known_jobs(data_dir))
    of_experiment = {job_id for job_id, of in jobs.items() if of == name}
    candidates = {name} if name in jobs else of_experiment
    if not candidates:
        raise UnknownTarget(
            f"no job or experiment {name!r} was run from {data_dir}",
            hint="give --experiment EXPERIMENT for a job of another machine, or the --data-dir of "
            "its runner",
        )
    running = frozenset(job_id for job_id in candidates if is_running(data_dir, job_id))
    if not running:
        raise NothingRuns(f"{name} does not run", hint=f"its jobs are in {data_dir / 'jobs'}")
    if name in jobs:
        return Target(experiment_id=jobs[name], job_id=name, expected=running)
    return Target(experiment_id=name, job_id=None, expected=running)

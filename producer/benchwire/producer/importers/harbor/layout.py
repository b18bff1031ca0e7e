"""Tells jobs from trials by what lies in a directory, in old and new layouts.

``jobs/<job>/<trial>`` is Harbor's and Pier's layout; copilot-experiments puts the launches of a
job one level deeper, ``jobs/<job>/<run>/<trial>``. Published trees often lack some of the files,
so every one of them is a sign of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchwire.producer.importers.harbor.documents import is_document, read_shape

RESULT: Final = "result.json"
CONFIG: Final = "config.json"
LOCK: Final = "lock.json"
RUN: Final = "copilot-experiments-run.json"
_TRIAL_PARTS: Final = (
    "agent/trajectory.json",
    "agent/copilot-session",
    "agent/copilot-cli.jsonl",
    "verifier/reward.txt",
    "verifier/reward.json",
    "trial.log",
    "exception.txt",
)


def is_trial(folder: Path) -> bool:
    """Tell whether a directory holds one trial."""
    for name in (CONFIG, RESULT):
        shape = read_shape(folder / name)
        if shape.trial_name is not None or shape.task_name is not None:
            return True
    if is_job(folder):
        return False
    return any((folder / part).exists() for part in _TRIAL_PARTS) or any(
        folder.glob("steps/*/agent")
    )


def is_job(folder: Path) -> bool:
    """Tell whether a directory holds the files of a job."""
    result, config, lock = (read_shape(folder / name) for name in (RESULT, CONFIG, LOCK))
    return (
        result.stats is not None
        or result.n_total_trials is not None
        or config.job_name is not None
        or config.jobs_dir is not None
        or isinstance(lock.trials, list)
        or (folder / RUN).is_file()
    )


def find_jobs(path: Path) -> Iterator[tuple[Path, frozenset[str] | None]]:
    """Yield the jobs at and below a directory: each with the trials asked for, or None for all.

    A directory that holds trials counts as their job, whether or not it has a job's files.
    """
    if is_trial(path):
        # Its number among the trials of its cell depends on its siblings.
        folder = path if path.name else path.resolve()
        yield folder.parent, frozenset({folder.name})
        return
    below = _folders(path)
    if is_job(path) or any(is_trial(folder) for folder in below):
        yield path, None
        trials = set(find_trials(path))
        below = [folder for folder in below if folder not in trials]
    for folder in below:
        yield from find_jobs(folder)


def find_trials(job: Path) -> list[Path]:
    """The trial directories of a job, by name; a result makes one even if it is unreadable."""
    return [folder for folder in _folders(job) if is_trial(folder) or _holds_broken_result(folder)]


def _holds_broken_result(folder: Path) -> bool:
    path = folder / RESULT
    return path.is_file() and not is_document(path) and not is_job(folder)


def _folders(path: Path) -> list[Path]:
    """Sub-directories by name; links are left out, they lead elsewhere or here again."""
    return sorted(one for one in path.iterdir() if one.is_dir() and not one.is_symlink())

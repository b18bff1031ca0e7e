"""Where jobs keep what they remember, and what can be told of them from outside."""

import fcntl
import json
import os
from pathlib import Path
from typing import Final

from benchwire.producer.runner.history import JobHistory, read_history
from benchwire.schemas.subject import subject_token

EXPERIMENT: Final = "experiment.json"
LEDGER: Final = "ledger.ndjson"
RUNS: Final = "runs"
"""What runs leave behind is kept below it."""
TRIAL: Final = "trial.json"


def job_dir(data_dir: Path, job_id: str) -> Path:
    """Directory of a job; its name is the identifier, made safe for a path."""
    return data_dir / "jobs" / subject_token(job_id)


def known_jobs(data_dir: Path) -> list[tuple[str, str]]:
    """(job_id, experiment_id) of every job that was run from this data directory."""
    found: list[tuple[str, str]] = []
    for path in sorted((data_dir / "jobs").glob(f"*/{EXPERIMENT}")):
        try:
            document = json.loads(path.read_bytes())
            found.append((document["job_id"], document["experiment_id"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def kept_of_job(data_dir: Path, job_id: str) -> dict[str, Path]:
    """Where each run of a job keeps what it left behind, by run_id."""
    kept: dict[str, Path] = {}
    for path in sorted((job_dir(data_dir, job_id) / RUNS).glob(f"*/{TRIAL}")):
        try:
            kept[str(json.loads(path.read_bytes())["run_id"])] = path.parent
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return kept


def history_of(data_dir: Path, job_id: str) -> JobHistory:
    """What the ledger of a job knows, without opening it; nothing where there is none."""
    try:
        return read_history(job_dir(data_dir, job_id) / LEDGER)[0]
    except FileNotFoundError:
        return JobHistory()


def is_running(data_dir: Path, job_id: str) -> bool:
    """Whether a process on this machine runs the job."""
    try:
        descriptor = os.open(job_dir(data_dir, job_id) / LEDGER, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False

"""What a job remembers of itself on disk, whatever happens to its process."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.experiments import document, experiment, matrix, planned, reading

from benchwire.producer.runner.control_target import NothingRuns, UnknownTarget, find_target
from benchwire.producer.runner.history import CancelledBy, LedgerDamaged
from benchwire.producer.runner.job_directory import history_of, is_running, job_dir, known_jobs
from benchwire.producer.runner.ledger import JobBusy, JobDiffers, Ledger, open_ledger
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.trial import TrialReport
from benchwire.schemas.run import RunStatus

OF = experiment().redacted()
RUN = "00000000-0000-4000-8000-000000000001"


def finish(
    ledger: Ledger, trial: PlannedTrial, status: RunStatus, by: CancelledBy | None = None
) -> int:
    attempt = ledger.started(trial, RUN)
    report = TrialReport(
        run_id=RUN,
        status=status,
        outcome="resolved",
        score=None,
        error=None,
        error_type=None,
        meter=reading(tokens=10, nano_aiu=5),
        seconds=1.0,
        artifacts_dir=Path(),
    )
    ledger.finished(trial, attempt, report, by)
    return attempt


@pytest.mark.parametrize(
    ("status", "by", "is_final"),
    [
        ("ok", None, True),
        ("agent_failed", None, True),
        ("timed_out", None, True),
        ("harness_error", None, False),
        ("cancelled", "interrupt", False),
        ("cancelled", "command", False),
        ("cancelled", "job_budget", False),
        ("cancelled", "run_budget", True),
    ],
)
def test_what_ends_a_trial_for_good(
    tmp_path: Path,
    status: RunStatus,
    by: CancelledBy | None,
    is_final: bool,  # noqa: FBT001
) -> None:
    (trial,) = planned(document())
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        assert finish(ledger, trial, status, by) == 1
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        history = ledger.history.of(trial.key)
        assert (history.final is not None) is is_final
        assert ledger.started(trial, RUN) == 2


def test_an_attempt_that_only_started_has_used_up_its_number(tmp_path: Path) -> None:
    (trial,) = planned(document())
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        ledger.started(trial, RUN)
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        assert ledger.history.of(trial.key).final is None
        assert ledger.started(trial, RUN) == 2


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_line_torn_by_a_kill_is_as_if_it_had_never_been_begun(
    tmp_path: Path, kept: float
) -> None:
    first, second, *_ = planned(matrix())
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        finish(ledger, first, "ok")
        whole = (ledger.directory / "ledger.ndjson").read_bytes()
        ledger.started(second, RUN)
    path = job_dir(tmp_path, "job") / "ledger.ndjson"
    torn = path.read_bytes()[len(whole) :]
    path.write_bytes(whole + torn[: int(len(torn) * kept)])
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        assert ledger.history.of(first.key).final is not None
        assert ledger.started(second, RUN) == 1
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_damage_in_the_middle_is_not_overlooked(tmp_path: Path) -> None:
    (trial,) = planned(document())
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        finish(ledger, trial, "ok")
    path = job_dir(tmp_path, "job") / "ledger.ndjson"
    path.write_bytes(b"\0\0\0\n" + path.read_bytes())
    with pytest.raises(LedgerDamaged, match="line 1"), open_ledger(tmp_path, "job", "e", OF):
        pass


def test_one_process_at_a_time_runs_a_job(tmp_path: Path) -> None:
    with open_ledger(tmp_path, "job", "e", OF):
        assert is_running(tmp_path, "job")
        with pytest.raises(JobBusy, match="another process"), open_ledger(tmp_path, "job", "e", OF):
            pass
        with open_ledger(tmp_path, "other", "e", OF):
            pass
    assert not is_running(tmp_path, "job")
    assert not is_running(tmp_path, "nothing")


@pytest.mark.parametrize(
    ("over", "differs"),
    [
        ({"trials": 5, "concurrency": 3, "retries": {"max": 3}, "description": "d"}, None),
        ({"seed": 2}, "seed"),
        ({"task": {"prompt": "do something else"}}, "task"),
        ({"variants": [{"name": "echo", "command": "false"}]}, "variants"),
    ],
)
def test_a_job_goes_on_only_with_its_own_experiment(
    tmp_path: Path, over: dict[str, Any], differs: str | None
) -> None:
    with open_ledger(tmp_path, "job", "e", OF):
        pass
    again = open_ledger(tmp_path, "job", "e", experiment(**over).redacted())
    if differs is None:
        with again:
            pass
    else:
        with pytest.raises(JobDiffers, match=f": {differs} differ"), again:
            pass


def test_a_closed_ledger_writes_into_nobody_elses_file(tmp_path: Path) -> None:
    """A trial that outlives its job must not write to a descriptor that has another file now."""
    (trial,) = planned(document())
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        pass
    other = tmp_path / "other"
    descriptor = os.open(other, os.O_CREAT | os.O_WRONLY)
    with pytest.raises(OSError, match="closed"):
        ledger.started(trial, RUN)
    os.close(descriptor)
    assert other.read_bytes() == b""


def test_names_of_jobs_stay_inside_the_data_directory(tmp_path: Path) -> None:
    with open_ledger(tmp_path, "../../x y", "e", OF) as ledger:
        assert ledger.directory.parent == tmp_path / "jobs"
    assert known_jobs(tmp_path) == [("../../x y", "e")]


def test_a_name_means_a_job_or_else_an_experiment(tmp_path: Path) -> None:
    with open_ledger(tmp_path, "j1", "e", OF), open_ledger(tmp_path, "j2", "e", OF):
        assert find_target(tmp_path, "j1").job_id == "j1"
        found = find_target(tmp_path, "e")
        assert (found.job_id, found.expected) == (None, frozenset({"j1", "j2"}))
    for ended in ("e", "j1"):
        with pytest.raises(NothingRuns, match=f"{ended} does not run"):
            find_target(tmp_path, ended)
    assert find_target(tmp_path, "elsewhere", "e").experiment_id == "e"
    with pytest.raises(UnknownTarget, match="'nothing'"):
        find_target(tmp_path, "nothing")


def test_history_can_be_read_while_the_job_runs(tmp_path: Path) -> None:
    (trial,) = planned(document())
    assert history_of(tmp_path, "job").trials == {}
    with open_ledger(tmp_path, "job", "e", OF) as ledger:
        finish(ledger, trial, "ok")
        assert history_of(tmp_path, "job").of(trial.key).final is not None

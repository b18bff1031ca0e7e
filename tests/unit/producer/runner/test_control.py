"""Which commands a job obeys, and what it answers."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.experiments import experiment, matrix, planned
from tests.support.journals import journaled, offline_producer

from benchwire.producer.runner.control import CommandReceiver, control_subject, new_command
from benchwire.producer.runner.history import CancelledBy
from benchwire.producer.runner.job_events import StopKind
from benchwire.producer.runner.ledger import Ledger, open_ledger
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.schemas.timestamps import wire_timestamp

OF = experiment().redacted()
RUN = "00000000-0000-4000-8000-000000000001"


@dataclass
class Job:
    """A job that notes what it is told."""

    runs: dict[str, PlannedTrial] = field(default_factory=dict[str, PlannedTrial])
    told: list[str] = field(default_factory=list[str])

    def stop(self, kind: StopKind, reason: str) -> None:
        self.told.append(f"{kind}: {reason}")

    def stop_run(self, run_id: str, by: CancelledBy, reason: str) -> bool:
        self.told.append(f"{by} {run_id}: {reason}")
        return True

    def running(self) -> dict[str, PlannedTrial]:
        return self.runs

    def left(self) -> int:
        return 5


def receiver(tmp_path: Path, ledger: Ledger, job: Job) -> CommandReceiver:
    return CommandReceiver(offline_producer(tmp_path), planned(matrix()), ledger, job)


def command(*, ago_seconds: float = 0.0, **over: Any) -> bytes:
    now = datetime.now(UTC) - timedelta(seconds=ago_seconds)
    return json.dumps(
        {
            "command_id": "c-1",
            "command": "stop",
            "job_id": "job",
            "reason": "enough",
            "issued_by": "ann@host",
            "issued_at": wire_timestamp(now),
            "expires_at": wire_timestamp(now + timedelta(seconds=60)),
            **over,
        }
    ).encode()


def obeyed(tmp_path: Path, *messages: bytes) -> list[str]:
    job = Job({RUN: planned(matrix())[0]})
    with open_ledger(tmp_path, "job", "some-question", OF) as ledger:
        receive = receiver(tmp_path, ledger, job).receive
        for message in messages:
            receive(message)
    return job.told


def test_a_command_stops_the_job_once_and_says_who_asked(tmp_path: Path) -> None:
    """It comes as it is published, and again as the stream's last one."""
    told = obeyed(tmp_path, command(), command())
    assert told == ["command: stopped by ann@host: enough (command c-1)"]


@pytest.mark.parametrize(
    "message",
    [
        command(job_id="another"),
        command(ago_seconds=61),
        command(job_id=None, ago_seconds=5),
        command(run_id="00000000-0000-4000-8000-00000000000f"),
        command(command="restart"),
        command(issued_at="yesterday"),
        b"{}",
        b"stop!",
        b"",
    ],
    ids=[
        "another job",
        "expired",
        "for those who ran before",
        "a run of another runner",
        "unknown command",
        "no time",
        "empty",
        "no JSON",
        "nothing",
    ],
)
def test_what_is_not_for_this_job_leaves_no_trace(tmp_path: Path, message: bytes) -> None:
    assert obeyed(tmp_path, message) == []
    assert journaled(tmp_path) == []


def test_a_command_for_the_experiment_is_for_each_of_its_running_jobs(tmp_path: Path) -> None:
    assert len(obeyed(tmp_path, command(job_id=None, ago_seconds=-1, new_field="ignored"))) == 1


def test_a_command_for_one_run_cancels_only_it(tmp_path: Path) -> None:
    assert obeyed(tmp_path, command(run_id=RUN)) == [
        f"command {RUN}: stopped by ann@host: enough (command c-1)"
    ]


def test_a_resumed_job_does_not_obey_again(tmp_path: Path) -> None:
    assert len(obeyed(tmp_path, command())) == 1
    assert obeyed(tmp_path, command()) == []
    assert len(obeyed(tmp_path, command(command_id="c-2"))) == 1


def test_the_answer_is_an_event_of_a_run_that_is_cancelled(tmp_path: Path) -> None:
    obeyed(tmp_path, command())
    answer, stop = journaled(tmp_path)
    assert (answer["run_id"], answer["emitter"], answer["event_type"]) == (
        RUN,
        "control",
        "heartbeat",
    )
    assert answer["data"]["extra"] == {
        "answer": "obeyed",
        "command_id": "c-1",
        "command": "stop",
        "issued_by": "ann@host",
        "reason": "enough",
        "runs_cancelled": 1,
        "trials_not_started": 5,
    }
    assert (stop["event_type"], stop["data"]["sealed_by"]) == ("emitter_stop", "close")


def test_between_two_runs_the_last_one_answers(tmp_path: Path) -> None:
    job, trials = Job(), planned(matrix())
    with open_ledger(tmp_path, "job", "some-question", OF) as ledger:
        ledger.started(trials[1], RUN)
        receiver(tmp_path, ledger, job).receive(command())
    assert len(job.told) == 1
    answer = journaled(tmp_path)[0]
    assert (answer["run_id"], answer["task_id"]) == (RUN, trials[1].task_id)
    assert answer["data"]["extra"]["runs_cancelled"] == 0


def test_a_command_as_it_is_sent(tmp_path: Path) -> None:
    made = new_command(job_id="job", run_id=None, reason="r", issued_by="b", valid_seconds=30)
    assert len(obeyed(tmp_path, made.model_dump_json(exclude_none=True).encode())) == 1
    assert control_subject("a b.c") == "bench.control.a=20b=2Ec"

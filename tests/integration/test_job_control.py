"""Commands reach running jobs through a real server, late or not, and are answered by an event."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import eventually
from tests.support.experiments import experiment, job_runner, matrix, planned
from tests.support.jetstream import jetstream
from tests.support.nats import NatsServer

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import ensure
from benchwire.producer.producer import Producer
from benchwire.producer.runner.control import Command, CommandReceiver, new_command
from benchwire.producer.runner.control_listener import ControlListener
from benchwire.producer.runner.control_sender import Answer, CommandNotSent, send_command
from benchwire.producer.runner.execution import JobRunner
from benchwire.producer.runner.job_events import JobFinished
from benchwire.producer.runner.ledger import open_ledger
from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.settings import ProducerSettings

OF = experiment().redacted()
EXPERIMENT = "some-question"


@pytest.fixture
def server(nats_server: NatsServer) -> NatsServer:
    """A server with our streams."""
    asyncio.run(_ensure(nats_server.url))
    return nats_server


async def _ensure(url: str) -> None:
    async with jetstream(url) as js:
        await ensure(js, ConsumerSettings(nats_url=url))


def until_cancelled(_trial: Any, _attempt: int, _meter: Any, cancel: Cancellation) -> Any:
    assert cancel.wait(30)
    return "cancelled", "ungraded"


class RunningJob:
    """A job of pretended trials that listens to a server."""

    def __init__(self, runner: JobRunner, listener: ControlListener) -> None:
        self.runner = runner
        self.listener = listener
        self.ended: JobFinished | None = None


@contextmanager
def running_job(url: str, data_dir: Path, job_id: str = "job") -> Generator[RunningJob]:
    """Run a job of four trials, two at a time, that end only when they are told to."""
    trials = planned(matrix(2, 2, 1), job_id=job_id)
    with (
        Producer(nats_url=url, data_dir=data_dir) as producer,
        open_ledger(data_dir, job_id, EXPERIMENT, OF) as ledger,
        ThreadPoolExecutor() as pool,
    ):
        runner = job_runner(producer, ledger, trials, until_cancelled, concurrency=2)
        receive = CommandReceiver(producer, trials, ledger, runner).receive
        with ControlListener(producer.settings, EXPERIMENT, receive) as listener:
            job = RunningJob(runner, listener)
            future = pool.submit(runner.run)
            assert eventually(lambda: len(runner.running()) == 2 or future.done())
            try:
                yield job
                job.ended = future.result(timeout=20)
            finally:
                runner.stop("interrupt", "end of the test")


def stop_command(job_id: str | None = "job", **over: Any) -> Command:
    given: dict[str, Any] = {"reason": "enough", "issued_by": "ann", "valid_seconds": 60, **over}
    return new_command(job_id=job_id, run_id=None, **given)


def send(
    url: str, data_dir: Path, command: Command, *, wait_seconds: float = 10, answers: int = 1
) -> list[Answer]:
    return send_command(
        ProducerSettings(nats_url=url, data_dir=data_dir),
        EXPERIMENT,
        command,
        wait_seconds=wait_seconds,
        answered=lambda got: len(got) >= answers,
    )


def test_a_running_job_stops_and_answers(server: NatsServer, tmp_path: Path) -> None:
    with running_job(server.url, tmp_path) as job:
        assert job.listener.listening.wait(10)
        (answer,) = send(server.url, tmp_path, stop_command())
    assert (answer.job_id, answer.runs_cancelled, answer.trials_not_started) == ("job", 2, 2)
    assert job.ended is not None
    assert (job.ended.stopped, job.ended.final) == ("command", 0)
    assert job.ended.reason.startswith("stopped by ann: enough (command ")


def test_a_job_that_comes_late_sees_the_last_command(server: NatsServer, tmp_path: Path) -> None:
    command = stop_command()
    assert send(server.url, tmp_path, command, wait_seconds=0) == []
    with running_job(server.url, tmp_path) as job:
        pass
    assert job.ended is not None
    assert job.ended.stopped == "command"
    with running_job(server.url, tmp_path) as resumed:
        assert resumed.listener.listening.wait(10)
        assert resumed.runner.running(), "obeyed once, a command does not stop a resumed job"
        resumed.runner.stop("interrupt", "end of the test")


def test_a_server_that_was_away_is_asked_for_what_was_missed(
    server: NatsServer, tmp_path: Path
) -> None:
    with running_job(server.url, tmp_path) as job:
        assert job.listener.listening.wait(10)
        server.kill()
        server.start()
        send(server.url, tmp_path, stop_command(), wait_seconds=0)
    assert job.ended is not None
    assert job.ended.stopped == "command"


def test_a_command_for_the_experiment_stops_all_of_its_running_jobs(
    server: NatsServer, tmp_path: Path
) -> None:
    with (
        running_job(server.url, tmp_path, "one") as one,
        running_job(server.url, tmp_path, "two") as two,
    ):
        assert one.listener.listening.wait(10)
        assert two.listener.listening.wait(10)
        answers = send(server.url, tmp_path, stop_command(None), answers=2)
    assert {answer.job_id for answer in answers} == {"one", "two"}


def test_another_jobs_command_is_not_obeyed(server: NatsServer, tmp_path: Path) -> None:
    with running_job(server.url, tmp_path) as job:
        assert job.listener.listening.wait(10)
        assert send(server.url, tmp_path, stop_command("other"), wait_seconds=0) == []
        assert len(send(server.url, tmp_path, stop_command("job"))) == 1
    assert job.ended is not None
    assert "enough" in job.ended.reason


def test_a_command_nobody_takes_is_an_error(nats_server: NatsServer, tmp_path: Path) -> None:
    """A server without our streams: the command would be lost."""
    with pytest.raises(CommandNotSent, match="was not taken"):
        send(nats_server.url, tmp_path, stop_command())
    with pytest.raises(CommandNotSent, match="no NATS server is known"):
        send_command(
            ProducerSettings(data_dir=tmp_path),
            EXPERIMENT,
            stop_command(),
            wait_seconds=1,
            answered=bool,
        )

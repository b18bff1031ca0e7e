"""Runs the demo experiment as a trial runner of its own: a process that emits through the SDK."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from benchwire.schemas.errors import BenchwireError

STDERR_LINES_SHOWN = 20


class DemoFailed(BenchwireError):  # noqa: N818 - a fact about the experiment
    """The experiment did not run to its end."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What the runner reports of each run."""

    run_id: str
    policy_id: str
    task_id: str
    trial_no: int
    outcome: str
    tests_passed: int
    tests_failed: int
    turns: int
    tokens: int
    seconds: float


def new_job_id() -> str:
    """A name for this launch that sorts by time."""
    return f"demo-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid4().hex[:4]}"


@dataclass(frozen=True, slots=True)
class Experiment:
    """Where the experiment's events go, and which runs it makes."""

    data_dir: Path
    nats_url: str
    job_id: str
    seed: int
    trials: int

    def arguments(self) -> list[str]:
        """Command-line arguments of the runner."""
        where = ["--data-dir", str(self.data_dir), "--job", self.job_id, "--json"]
        return [*where, "--seed", str(self.seed), "--trials", str(self.trials)]


def run_demo(experiment: Experiment, *, on_finished: Callable[[FinishedRun], None]) -> None:
    """Run the experiment to its end; its events are then in the stream.

    Raises:
        DemoFailed: The runner ended with an error.
    """
    command, environment = runner_command(experiment.arguments())
    # Otherwise a NATS server the user has configured would get the events.
    environment["BENCHWIRE_NATS_URL"] = experiment.nats_url
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        ) as runner,
    ):
        try:
            assert runner.stdout is not None
            for line in runner.stdout:
                on_finished(FinishedRun(**json.loads(line)))
        except BaseException:
            runner.terminate()
            raise
        runner.wait()
        complaints.seek(0)
        shown = "\n".join(complaints.read().strip().splitlines()[-STDERR_LINES_SHOWN:])
    if runner.returncode != 0:
        raise DemoFailed(
            f"the demo experiment ended with exit code {runner.returncode}\n{shown}",
            hint="see `benchwire status`, then try again",
        )


def runner_command(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command that runs ``examples/demo``, and the environment it needs.

    In a wheel the examples are a part of the package; in a checkout they lie beside it.
    """
    package = Path(__file__).parents[1] / "examples"
    if package.is_dir():
        return [sys.executable, "-m", "benchwire.examples.demo", *arguments], dict(os.environ)
    checkout = Path(__file__).parents[3]
    if not (checkout / "examples" / "demo").is_dir():
        raise DemoFailed("the examples are not installed", hint="reinstall benchwire")
    paths = [str(checkout), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return [sys.executable, "-m", "examples.demo", *arguments], environment

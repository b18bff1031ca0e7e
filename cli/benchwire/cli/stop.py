"""`benchwire stop`: asks the runners of a job, or of an experiment, to stop."""

import getpass
import socket
from dataclasses import asdict
from typing import Annotated

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

EXAMPLE = 'Example: benchwire stop job-20260131T235959-1f2e --reason "wrong model"'


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Start here", epilog=EXAMPLE)(stop)


def stop(  # noqa: PLR0913 - one parameter per option
    target: Annotated[
        str, typer.Argument(help="A job_id, or an experiment_id: all its jobs that run now.")
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the record of the runs.")] = "",
    experiment: Annotated[
        str | None,
        typer.Option(help="Experiment of a job that was started on another machine."),
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="Cancel only this run_id of the job; the job goes on.")
    ] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for answers.", min=0)] = 10.0,
    valid: Annotated[
        float,
        typer.Option(help="Seconds in which a runner that is away just now still obeys.", min=1),
    ] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Stop running trials: they are cancelled, recorded with the reason, and can be resumed.

    The command goes through the NATS server of the runners (stream
    BENCH_CONTROL): the engines of the data directory, or BENCHWIRE_NATS_URL.
    Every runner that obeys answers with an event. Exit code 1 if none did.
    """
    from benchwire.producer.runner.control import new_command  # noqa: PLC0415
    from benchwire.producer.runner.control_sender import send_command  # noqa: PLC0415
    from benchwire.producer.runner.control_target import find_target  # noqa: PLC0415
    from benchwire.producer.settings import ProducerSettings  # noqa: PLC0415

    settings = ProducerSettings()
    found = find_target(settings.data_dir, target, experiment)
    command = new_command(
        job_id=found.job_id,
        run_id=run,
        reason=reason,
        issued_by=f"{getpass.getuser()}@{socket.gethostname()}",
        valid_seconds=valid,
    )
    answers = send_command(
        settings,
        found.experiment_id,
        command,
        wait_seconds=wait,
        answered=lambda got: found.expected <= {answer.job_id for answer in got},
    )
    if as_json:
        output.as_json(
            {
                "command_id": command.command_id,
                "experiment_id": found.experiment_id,
                "job_id": found.job_id,
                "expires_at": command.expires_at,
                "answers": [asdict(answer) for answer in answers],
            }
        )
    for answer in answers if not as_json else ():
        output.note(
            f"job {answer.job_id}: {answer.runs_cancelled} running trials are cancelled, "
            f"{answer.trials_not_started} are not started"
        )
    if not answers:
        output.error(
            f"no runner of {target} answered within {wait:g} s",
            f"a runner that comes back before {command.expires_at} still obeys",
        )
        raise typer.Exit(1)

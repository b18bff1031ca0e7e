"""`benchwire run`: runs an experiment, every trial of it an own run, every step of it an event."""

import os
from pathlib import Path
from typing import Annotated

import typer

from benchwire.cli import output

EXAMPLE = "Example: benchwire run examples/experiment.toml --concurrency 2"
USAGE = 2
ABOUT = """\
Run an experiment: each of its tasks, by each of its policies, several times.

Every trial gets a workspace of its own, an agent that works in it, and a
verdict. The smallest experiment file, which runs as it stands:

\b
  name = "first-look"
  trials = 3
  \\[task]
  prompt = "Write the word done into result.txt"
  verify = "grep -q done result.txt"
  \\[\\[variants]]
  name = "echo"
  command = "echo done > result.txt"

More keys, by section; docs/running.md describes each of them:

\b
  tasks       \\[\\[tasks]] instead of \\[task]: name, prompt,
              fixture (a directory) or repo + ref, setup (commands),
              verify (exit 0 = resolved), reward_file
  variants    name; adapter = "command" (any program, the prompt on
              stdin), "copilot" (GitHub Copilot CLI) or "scripted"
              (calls no model); command, model, reasoning_effort,
              allow_tools, deny_tools, provider, env, extra_args
  top level   description, trials, seed, concurrency
  \\[timeouts]  agent_seconds, setup_seconds, verify_seconds
  \\[budgets.job], \\[budgets.run]    aiu, tokens, wall_seconds
  \\[retries]   max, backoff_seconds: when the infrastructure fails

Secrets stand in the file as "${NAME}" and come from the environment.

`--dry-run` tries workspace, setup and verify commands of every task, and
every stage of the pipeline, in a temporary place; no agent is called and
no secret is read. `--plan` only prints what would run.

Ctrl-C cancels the running trials, records them and stops; twice kills
them at once. `benchwire stop JOB` does the same from elsewhere. A job
that was stopped, or killed, goes on with the same FILE and --job JOB:
trials that have a final run are not run again.

Exit codes: 0 every trial has a final run and is stored, whatever its
verdict; 1 otherwise; 2 the file or an option is wrong; 130 interrupted.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Start here", epilog=EXAMPLE, help=ABOUT)(run)


def run(  # noqa: PLR0913 - one parameter per option
    file: Annotated[Path, typer.Argument(help="The experiment: .toml, .yaml, .yml or .json.")],
    *,
    job: Annotated[
        str | None,
        typer.Option(help="Name of this launch; of an earlier one: go on with what it left."),
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Trials at a time, instead of the file's.", min=1, max=256)
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only these cells: POLICY/TASK, POLICY/* or */TASK. Repeatable."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the workspaces where they are.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Check the file, print what would run, run nothing.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Rehearse every cell once, with an agent that calls no model; nothing is kept.",
        ),
    ] = False,
    journal_only: Annotated[
        bool, typer.Option("--journal-only", help="Start no engines; `drain` delivers later.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait at the end for delivery.", min=0)
    ] = 60.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, as things happen.")
    ] = False,
) -> None:
    """Run an experiment; ABOUT is its help."""
    # The command's work loads the engines' client; `--help` must not.
    from benchwire.cli.run_job import Delivery, show_plan, start_job  # noqa: PLC0415
    from benchwire.producer.runner.experiment_file import ExperimentFileInvalid  # noqa: PLC0415
    from benchwire.producer.runner.launch import UnknownCell, prepare  # noqa: PLC0415
    from benchwire.producer.settings import ProducerSettings  # noqa: PLC0415
    from benchwire.schemas.errors import InvalidEvent  # noqa: PLC0415

    settings = ProducerSettings()
    try:
        launch = prepare(
            file,
            job_id=job or settings.job_id,
            concurrency=concurrency,
            cells=only or [],
            keep=keep,
            environ=None if dry_run else os.environ,
        )
    except (ExperimentFileInvalid, UnknownCell, InvalidEvent) as error:
        output.error(str(error), error.hint)
        raise typer.Exit(USAGE) from None
    if dry_run:
        from benchwire.cli.dry_run import dry_run as rehearse  # noqa: PLC0415 - loads the read side

        raise typer.Exit(rehearse(launch, as_json=as_json))
    if plan:
        show_plan(launch, settings.data_dir, as_json=as_json)
        return
    delivery = Delivery(journal_only=journal_only, timeout_seconds=timeout)
    raise typer.Exit(start_job(file, launch, delivery, as_json=as_json))

"""`benchwire demo`: a small real experiment, and what the views say of it."""

import time
from typing import Annotated

import typer

from benchwire.cli import output

STORED_SECONDS_MAX = 60.0
ABOUT = (
    "3 policies x 4 tasks x {trials} trials, run for real in temporary workspaces.\n"
    "The agents are scripts with seeded choices, no language model is called;\n"
    "tools, tests, latencies and verdicts are real, tokens are counted from the text."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Start here", epilog="Example: benchwire demo --seed 7")(demo)


def demo(
    *,
    seed: Annotated[int, typer.Option(help="The same seed makes the same choices.", min=0)] = 1,
    trials: Annotated[int, typer.Option(help="Trials per policy and task.", min=1, max=50)] = 3,
) -> None:
    """Run a small experiment for real and answer three questions about it.

    Scripted agents of three temperaments try to mend four broken projects,
    three times each. Their events take the whole way: journal, JetStream,
    ClickHouse, views. Takes about 20 seconds.
    """
    # The command's work loads the engines' client; `--help` must not.
    from benchwire.cli.demo_answers import show_answers, show_next  # noqa: PLC0415
    from benchwire.cli.demo_process import (  # noqa: PLC0415
        DemoFailed,
        Experiment,
        new_job_id,
        run_demo,
    )
    from benchwire.cli.demo_progress import progress  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415

    output.note(ABOUT.format(trials=trials))
    job_id, settings, began = new_job_id(), EmbeddedSettings(), time.monotonic()
    with open_stack(settings, announce=output.note) as stack:
        output.note(f"engines ready after {time.monotonic() - began:.1f} s; running job {job_id}")
        with progress(trials) as show:
            experiment = Experiment(settings.data_dir, stack.nats_url, job_id, seed, trials)
            run_demo(experiment, on_finished=show)
        if not stack.wait_stored(STORED_SECONDS_MAX):
            raise DemoFailed(
                f"events are not stored after {STORED_SECONDS_MAX:g} s",
                hint="see `benchwire status`",
            )
        output.note(f"all events stored after {time.monotonic() - began:.1f} s")
        show_answers(stack.rows)
    show_next(settings)

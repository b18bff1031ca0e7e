"""`benchwire export`: what the store knows, as files that other tools read."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchwire.cli import export_parquet, output
from benchwire.cli.progress_bar import bar

EXAMPLE = "Example: benchwire export job first-look-1 jobs/first-look-1"
SMITH_EXAMPLE = "Example: benchwire export smith --experiment first-look --output events.ndjson"


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(name="export", help="What the store knows, as files.", no_args_is_help=True)
    group.callback()(_export)
    group.command(epilog=EXAMPLE)(job)
    group.command(epilog=SMITH_EXAMPLE)(smith)
    group.command(epilog=export_parquet.EXAMPLE)(export_parquet.parquet)
    app.add_typer(group, rich_help_panel="Answers")


def _export() -> None:
    """Write what the store knows as files that other tools read."""


def job(
    job: Annotated[str, typer.Argument(help="The job: its job_id.")],
    directory: Annotated[Path, typer.Argument(help="Becomes the job's directory.")],
    *,
    experiment: Annotated[
        str | None, typer.Option(help="Of this experiment, if several have a job of that name.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the exported job that is there.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was written as JSON.")
    ] = False,
) -> None:
    """Write a job in the directory layout of Harbor and Pier.

    It may come from `benchwire run`, from the SDK or from an import; all of
    it is read from the tables. Written are, for the job, config.json,
    result.json, summary.json and summary.md; for each trial config.json,
    result.json, agent/trajectory.json (ATIF v1.7), verifier/reward.txt or
    reward.json, agent/benchwire-events.jsonl with all its events, and the
    files that `benchwire run` kept of it. Earlier attempts and excluded
    trials lie in directories of their own, earlier-attempts and excluded.

    `benchwire import harbor DIRECTORY` brings all of it back: elsewhere as
    the same job, here as the runs that are there already, counted once.
    """
    # They load the HTTP client and the read side; `--help` must not.
    from benchwire.analysis.job_export.directory import (  # noqa: PLC0415
        ExportRequest,
        check_free,
        export_job,
    )
    from benchwire.analysis.job_export.event_rows import Store  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415
    from benchwire.producer.runner.job_directory import kept_of_job  # noqa: PLC0415

    check_free(directory, overwrite=overwrite)
    settings = EmbeddedSettings()
    with (
        open_stack(settings, announce=output.note) as stack,
        bar("exporting runs") as shown,
    ):
        done = export_job(
            Store(rows=stack.rows, blocks=stack.stream),
            ExportRequest(
                job_id=job,
                experiment_id=experiment,
                directory=directory,
                overwrite=overwrite,
                artifacts=lambda job_id: kept_of_job(settings.data_dir, job_id),
                on_runs=shown.total,
                on_run=shown.step,
            ),
        )
    if as_json:
        output.as_json({**asdict(done), "directory": str(done.directory)})
        return
    rate = "-" if done.overall_success_rate is None else f"{done.overall_success_rate:.4g}"
    output.facts(
        [
            ("experiment", done.experiment_id),
            ("job", done.job_id),
            ("trials", done.n_trials),
            ("runs", done.n_runs),
            ("events", done.n_events),
            ("success_rate_graded", rate),
            ("written to", done.directory),
        ]
    )


def smith(
    run: Annotated[
        str | None,
        typer.Argument(help="A run_id or the beginning of one. Absent: see the options."),
    ] = None,
    *,
    experiment: Annotated[
        str | None, typer.Option(help="All runs of this experiment that count.")
    ] = None,
    job: Annotated[str | None, typer.Option(help="All runs of this job that count.")] = None,
    to_file: Annotated[
        Path | None,
        typer.Option("--output", help="Write here instead of to standard output.", dir_okay=False),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file that is there.")
    ] = False,
) -> None:
    """Write runs as events of the Smith protocol, one JSON object a line.

    What came from Smith comes back as it was. Runs of other origin are worded
    in the protocol as well as that goes: what is not known becomes 0, "" or
    false, and each such event has a member `benchwire`, by which an import
    refuses it. docs/imports/smith.md says what else is lost of them.

    Give RUN, or --experiment, or --job.
    """
    # They load the HTTP client and the read side; `--help` must not.
    from benchwire.analysis.job_export.event_rows import Store  # noqa: PLC0415
    from benchwire.analysis.smith_export import Account, Selection, export_smith  # noqa: PLC0415
    from benchwire.cli.smith_output import note_account, opened  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415

    if not (run or experiment or job):
        raise typer.BadParameter("which runs? Give RUN, --experiment or --job")
    selection = Selection(run=run, experiment_id=experiment, job_id=job)
    account = Account()
    with (
        open_stack(EmbeddedSettings(), announce=output.note) as stack,
        bar("exporting runs") as shown,
        opened(to_file, overwrite=overwrite) as write,
    ):
        store = Store(rows=stack.rows, blocks=stack.stream)
        for line in export_smith(store, selection, account, on_runs=shown.total, on_run=shown.step):
            write(line + b"\n")
    note_account(account, to_file)

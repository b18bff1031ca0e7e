"""`benchwire import`: sessions that other systems recorded become runs like any other."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.producer.importers.labels import LabelOverrides

EXAMPLE = "Example: benchwire import copilot ~/.copilot/session-state"
LABELS = "Labels (derived from the session unless given)"


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(
        name="import",
        help="Bring in sessions that other systems recorded.",
        no_args_is_help=True,
    )
    group.callback()(_importers)
    group.command(epilog=EXAMPLE)(copilot)
    app.add_typer(group, rich_help_panel="Events in")


def _importers() -> None:
    """Bring in sessions that other systems recorded."""


def copilot(  # noqa: PLR0913  # one parameter per option
    paths: Annotated[
        list[Path],
        typer.Argument(help="Session directories, events.jsonl files, or directories of sessions."),
    ],
    *,
    experiment: Annotated[
        str | None, typer.Option(help="experiment_id", rich_help_panel=LABELS)
    ] = None,
    policy: Annotated[str | None, typer.Option(help="policy_id", rich_help_panel=LABELS)] = None,
    task: Annotated[str | None, typer.Option(help="task_id", rich_help_panel=LABELS)] = None,
    trial: Annotated[
        int | None, typer.Option(help="trial_no", min=1, rich_help_panel=LABELS)
    ] = None,
    job: Annotated[str | None, typer.Option(help="job_id", rich_help_panel=LABELS)] = None,
    otel: Annotated[
        Path | None,
        typer.Option(
            help="OTel file of a single session that does not lie beside its events.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Translate and count, but store nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first record that is not understood.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait at the end until all is stored.", min=0)
    ] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Import sessions of the GitHub Copilot CLI.

    Reads events.jsonl, and copilot-otel.jsonl beside it if there, of any
    size. Importing again changes nothing; a session that has grown replaces
    its earlier import, and so do other labels. Broken records are reported
    and passed over; the exit code is 1 if a whole file is not a session.
    """
    from benchwire.cli.import_report import as_document, show  # noqa: PLC0415
    from benchwire.cli.import_run import ImportRequest, run_import  # noqa: PLC0415

    request = ImportRequest(
        paths=paths,
        overrides=_overrides(experiment, policy, task, trial, job),
        otel=otel,
        dry_run=dry_run,
        strict=strict,
        timeout_seconds=timeout,
    )
    began = time.monotonic()
    result = run_import(request)
    if as_json:
        output.as_json(as_document(request, result, time.monotonic() - began))
    else:
        show(request, result)
    for refusal in result.report.refused:
        output.error(str(refusal), refusal.hint)
    if result.report.refused or result.stored is False:
        raise typer.Exit(1)


def _overrides(
    experiment: str | None, policy: str | None, task: str | None, trial: int | None, job: str | None
) -> "LabelOverrides":
    from benchwire.producer.importers.labels import LabelOverrides  # noqa: PLC0415
    from benchwire.schemas.event import check_identifier  # noqa: PLC0415

    given = {"experiment": experiment, "policy": policy, "task": task, "job": job}
    for option, label in given.items():
        try:
            if label is not None:
                check_identifier(label)
        except ValueError as error:
            raise typer.BadParameter(f"--{option}: {error}") from None
    return LabelOverrides(
        experiment_id=experiment, job_id=job, policy_id=policy, task_id=task, trial_no=trial
    )

"""`benchwire import`: what other systems recorded becomes runs like any other."""

import inspect
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from benchwire.cli import output
from benchwire.cli.options import AsJson
from benchwire.producer.importers.kinds import AGAIN, KINDS, Kind

if TYPE_CHECKING:
    from benchwire.cli.import_run import ImportRequest
    from benchwire.producer.importers.labels import LabelOverrides

KINDS_PANEL = "Kinds"
LABELS = "Labels (derived from the recording unless given)"
ANY = "any"
ANY_EXAMPLE = "Example: benchwire import jobs/ ~/.copilot/session-state"
OPTIONS_OF_HELP = frozenset({"-h", "--help"})

Paths = Annotated[list[Path], typer.Argument(help="Files and directories to import.")]
Experiment = Annotated[str | None, typer.Option(help="experiment_id", rich_help_panel=LABELS)]
PolicyLabel = Annotated[str | None, typer.Option(help="policy_id", rich_help_panel=LABELS)]
TaskLabel = Annotated[str | None, typer.Option(help="task_id", rich_help_panel=LABELS)]
TrialNumber = Annotated[int | None, typer.Option(help="trial_no", min=1, rich_help_panel=LABELS)]
JobLabel = Annotated[str | None, typer.Option(help="job_id", rich_help_panel=LABELS)]
Otel = Annotated[
    Path | None,
    typer.Option(
        help="OTel file of a single session that does not lie beside its events.",
        exists=True,
        dir_okay=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Translate and count, but store nothing.")]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Take the first warning for an error: stop, import nothing after it."
    ),
]
Timeout = Annotated[
    float, typer.Option(help="Seconds to wait at the end until all is stored.", min=0)
]


class KindOrPath(TyperGroup):
    """A group whose first word may be a path instead of a kind."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Send everything that begins with neither a kind nor `--help` to recognition."""
        if args and args[0] not in self.commands and args[0] not in OPTIONS_OF_HELP:
            args = [ANY, *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the group, a command for every kind, and the one that recognises kinds."""
    group = typer.Typer(
        name="import",
        cls=KindOrPath,
        help=_ABOUT,
        no_args_is_help=True,
        subcommand_metavar="[KIND] PATH...",
    )
    group.callback(epilog=ANY_EXAMPLE)(_importers)
    for kind in KINDS:
        command = group.command(
            name=kind.name,
            help=f"Import {kind.title}.\n\nReads {kind.reads}.\n\n{kind.again} {_SHARED}",
            short_help=kind.title[0].upper() + kind.title[1:],
            rich_help_panel=KINDS_PANEL,
            epilog=f"Example: benchwire import {kind.name} {kind.example}",
        )
        command(_of_kind(kind))
    group.command(
        name=ANY,
        help=f"Recognise what PATH is, say so, and import it.\n\n{AGAIN} {_SHARED}",
        short_help="Recognise the kind. The word itself may be left out.",
        rich_help_panel=KINDS_PANEL,
        epilog=ANY_EXAMPLE,
    )(_of_kind(None))
    app.add_typer(group, rich_help_panel="Events in")


_ABOUT = """\
Bring in what other systems recorded.

The kind of every PATH is recognised and said, unless it is named. Each kind
has its options: `benchwire import harbor --help`."""
_SHARED = (
    "Odd records are reported and passed over; a broken source is named, the others are "
    "imported, and the exit code is 1. The summary says what is known: `-` is unknown, not 0."
)


def _importers() -> None:
    """Bring in what other systems recorded."""


def _of_kind(kind: Kind | None) -> Callable[..., None]:
    """Make the command of one kind, or of any."""

    def import_kind(  # noqa: PLR0913  # one parameter per option
        paths: Paths,
        *,
        experiment: Experiment = None,
        policy: PolicyLabel = None,
        task: TaskLabel = None,
        trial: TrialNumber = None,
        job: JobLabel = None,
        otel: Otel = None,
        dry_run: DryRun = False,
        strict: Strict = False,
        timeout: Timeout = 60.0,
        as_json: AsJson = False,
    ) -> None:
        from benchwire.cli.import_run import ImportRequest  # noqa: PLC0415

        request = ImportRequest(
            kind=kind,
            paths=paths,
            overrides=_overrides(experiment, policy, task, trial, job),
            otel=otel,
            dry_run=dry_run,
            strict=strict,
            timeout_seconds=timeout,
        )
        _run(request, as_json=as_json)

    if kind is None or not kind.has_otel:
        _take_from(import_kind, "otel")
    return import_kind


def _take_from(command: Callable[..., None], option: str) -> None:
    """Take an option from a command for which it would mean nothing."""
    signature = inspect.signature(command)
    kept = [one for one in signature.parameters.values() if one.name != option]
    vars(command)["__signature__"] = signature.replace(parameters=kept)


def _run(request: "ImportRequest", *, as_json: bool) -> None:
    from benchwire.cli.import_report import as_document, show, show_refused  # noqa: PLC0415
    from benchwire.cli.import_run import run_import  # noqa: PLC0415

    began = time.monotonic()
    result = run_import(request)
    if as_json:
        output.as_json(as_document(request, result, time.monotonic() - began))
    else:
        show(request, result)
    show_refused(result.report)
    if result.report.refused or result.report.stopped_by or result.stored is False:
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

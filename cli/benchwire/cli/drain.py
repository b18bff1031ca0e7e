"""`benchwire drain`: deliver what earlier processes left in the journal."""

import time
from dataclasses import asdict
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
    report = _drain(timeout)
    if as_json:
        output.as_json(report)
    else:
        output.facts(report.items())
    if not report["complete"]:
        output.error("not everything was delivered", "see `benchwire status`, then drain again")
        raise typer.Exit(1)


def _drain(timeout_seconds: float) -> dict[str, Any]:
    from benchwire.cli.delivery import destination  # noqa: PLC0415
    from benchwire.producer.drain import drain as drain_journal  # noqa: PLC0415

    deadline = time.monotonic() + timeout_seconds
    with destination() as (settings, stack):
        done = drain_journal(settings, timeout_seconds=timeout_seconds)
        left = max(1.0, deadline - time.monotonic())
        # Somebody else's consumer: what it has stored is for its own metrics to say.
        stored = None if stack is None else stack.wait_stored(left)
    report: dict[str, Any] = {**asdict(done), "stored": stored}
    report["complete"] = done.complete and stored is not False
    return report

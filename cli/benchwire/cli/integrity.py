"""`benchwire integrity`: is the record of each run complete?"""

import json
from typing import Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson
from benchwire.embedded.settings import EmbeddedSettings

SQL = """\
SELECT *
FROM rpt_run_integrity
WHERE startsWith(toString(run_id), {run:String})
LIMIT {limit:UInt64}
"""
COMPLETE = "complete"
SHOWN = {
    "run_id": "run_id",
    "policy": "policy_id",
    "task": "task_id",
    "trial": "trial_no",
    "state": "state",
    "telemetry": "telemetry",
    "events": "n_events",
    "missing": "n_missing",
    "lost": "n_declared_lost",
    "conflicts": "n_conflicts",
}
"""Heading and column of the view; `--json` and `sql` give all columns."""
SHORT_ID = 8


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Answers", epilog="Example: benchwire integrity --strict")(
        integrity
    )


def integrity(
    run: Annotated[
        str | None, typer.Argument(help="A run_id, or the beginning of one; absent: all runs.")
    ] = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when any run is not complete.")
    ] = False,
    limit: Annotated[int, typer.Option(help="Most runs to show.", min=1)] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show for each run its state and whether its telemetry is complete.

    The state is running, stopped, interrupted or abandoned; the telemetry is
    complete, open, gaps, lost, conflict or unsequenced. The answer comes from
    the view rpt_run_integrity.
    """
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415  # loads the HTTP client

    params = {"run": run or "", "limit": str(limit)}
    with open_stack(EmbeddedSettings(), announce=output.note) as stack:
        answer: dict[str, Any] = json.loads(stack.query(SQL, "JSON", params))
    rows = answer["data"]
    if run is not None and not rows:
        output.error(f"no run {run!r} is stored", "see `benchwire sql` and rpt_run_summary")
        raise typer.Exit(1)
    if as_json:
        output.as_json(rows)
    else:
        output.table(tuple(SHOWN), [_cells(row) for row in rows])
    incomplete = sum(row.get("telemetry") != COMPLETE for row in rows)
    output.note(f"{len(rows)} runs, {incomplete} not complete")
    if strict and incomplete:
        raise typer.Exit(1)


def _cells(row: dict[str, Any]) -> list[Any]:
    """Return a row of the table; on a terminal an id's beginning, which `integrity` takes, too."""
    cells = [row.get(name) for name in SHOWN.values()]
    if output.is_terminal():
        cells[0] = str(cells[0])[:SHORT_ID]
    return cells

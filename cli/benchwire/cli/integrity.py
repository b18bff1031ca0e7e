"""`benchwire integrity`: is the record of each run complete, and if not, what lacks?"""

import itertools
from dataclasses import asdict
from typing import Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

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
LISTED = "`benchwire integrity` lists all runs; one that began a moment ago comes in seconds"
SHORT_ID = 8
"""Shorter beginnings of ids are not shown, though they may do."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        rich_help_panel="Answers",
        epilog="Example: benchwire integrity --strict; or: benchwire integrity 01a1fe79-ab",
    )(integrity)


def integrity(
    run: Annotated[
        str | None,
        typer.Argument(help="A run_id or the beginning of one: that run in detail. Absent: all."),
    ] = None,
    *,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 1 if any run, shown or not, is incomplete."),
    ] = False,
    limit: Annotated[int, typer.Option(help="Most runs to show.", min=1)] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show for each run its state and whether its telemetry is complete.

    The state is running, stopped, interrupted (its writer died) or abandoned.
    The telemetry is the first of these that applies:

    \b
      conflict     two contents under one identity
      gaps         numbers that are neither stored nor declared lost
      lost         numbers that their emitter declared lost
      open         a writer still writes, or died (then: `benchwire drain`)
      unsequenced  emitters that do not count their events
      complete     every event is stored, proved by count and checksum

    The answer comes from the view rpt_run_integrity.

    With RUN, if only one run begins so: why it is judged so, each epoch of
    its emitters with count and checksum, what is missing or lost as ranges,
    contradicting contents, dead letters, when it arrived. `--json` is then one
    object instead of a list.
    """  # noqa: D301 - click reads the character that \b stands for
    # They load the HTTP client and the read side; `--help` must not.
    from benchwire.analysis.run_integrity import (  # noqa: PLC0415
        count_beginning,
        run_integrity,
        runs_beginning,
    )
    from benchwire.cli.integrity_page import print_page  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415

    with open_stack(EmbeddedSettings(), announce=output.note) as stack:
        count = count_beginning(stack.rows, run or "")
        runs = runs_beginning(stack.rows, run or "", limit)
        if run is not None and not runs:
            output.error(f"no run {run!r} is stored", LISTED)
            raise typer.Exit(1)
        alone = run is not None and count.n_runs == 1
        found = run_integrity(stack.rows, runs[0]) if alone else None
    if found is None:
        _print_all([asdict(each) for each in runs], as_json=as_json)
        output.note(f"{count.n_runs} runs, {count.n_not_complete} not complete")
        if count.n_runs > len(runs):
            output.note(f"the first {len(runs)} are shown: --limit shows more")
        if run is not None:
            output.note(f"give more of a run_id than {run!r} for the details of one run")
    elif as_json:
        output.as_json(asdict(found))
    else:
        print_page(found)
    if strict and count.n_not_complete:
        raise typer.Exit(1)


def _print_all(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        output.as_json(rows)
    else:
        shown = _id_characters([str(row["run_id"]) for row in rows])
        output.table(tuple(SHOWN), [_cells(row, shown) for row in rows])


def _id_characters(run_ids: list[str]) -> int:
    """Return how much of an id is shown: on a terminal what tells it from the others."""
    longest = max(map(len, run_ids), default=0)
    if not output.is_terminal():
        return longest
    alike = (
        sum(
            1 for _ in itertools.takewhile(lambda both: both[0] == both[1], zip(*pair, strict=True))
        )
        for pair in itertools.pairwise(sorted(run_ids))
    )
    return max(SHORT_ID, 1 + max(alike, default=0))


def _cells(row: dict[str, Any], id_characters: int) -> list[Any]:
    """Return a row of the table, with a beginning of its id that this command takes, too."""
    run_id, *others = (row.get(name) for name in SHOWN.values())
    return [str(run_id)[:id_characters], *others]

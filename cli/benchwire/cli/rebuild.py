"""`benchwire rebuild`: stored tables made anew, and whether reports say the same afterwards."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson
from benchwire.cli.progress_bar import Bar, bar
from benchwire.cli.server_commands import PANEL, ClickHouseUrl, NatsUrl, consumer_settings

if TYPE_CHECKING:
    from benchwire.cli.rebuilding import RebuildResult
    from benchwire.consumer.events_rebuild import EventsRebuilt
    from benchwire.consumer.events_source import Reach


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        rich_help_panel=PANEL,
        epilog="Example: benchwire rebuild; or: benchwire rebuild --events-from stream",
    )(rebuild)


def rebuild(  # noqa: PLR0913  # one parameter per option
    tables: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TABLE]...", help="Typed tables. Absent: all of them."),
    ] = None,
    *,
    events_from: Annotated[
        Literal["stream", "journals"] | None,
        typer.Option(help="Make `events` anew first, then all typed tables."),
    ] = None,
    journals: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="With --events-from journals: a data directory or a journal; may be repeated. "
            "Absent: the journal of the data directory.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before events are lost.")] = False,
    compare: Annotated[
        bool,
        typer.Option(help="Hash all reports before and after; on a large store that takes long."),
    ] = True,
    nats_url: NatsUrl = None,
    clickhouse_url: ClickHouseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Empty typed tables and fill them from `events`; compare reports before and after.

    Each report that is not operational gets a hash of its rows, whatever their
    order; equal hashes mean that nothing which people read has changed.
    `benchwire doctor` says when a rebuild is needed.

    With --events-from stream, `events` itself is read from what BENCH_EVENTS
    still holds, and replaced in one step. What the stream does not hold any
    more would be lost: it is counted first, and you are asked.

    With --events-from journals, it is read from the journals of producers, as
    they are: delivered, waiting, or copied from other machines. They hold
    what was delivered for BENCHWIRE_ACKNOWLEDGED_KEEP_SECONDS (10 minutes by
    default). What they reach is said first; --json has it by experiment.

    The data directory's daemon must not run (benchwire down). With a
    ClickHouse URL the servers' tables are rebuilt.
    """
    from benchwire.cli.rebuilding import (  # noqa: PLC0415
        RebuildRequest,
        rebuild_server,
        rebuild_store,
    )
    from benchwire.consumer.rebuild import refuse_unknown  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415

    if tables and events_from is not None:
        raise typer.BadParameter("with --events-from all typed tables are rebuilt; name none")
    if journals and events_from != "journals":
        raise typer.BadParameter("--journals needs --events-from journals")
    refuse_unknown(tables or ())
    settings = consumer_settings(nats_url, clickhouse_url)

    with bar("rebuilding") as shown:
        request = RebuildRequest(
            tables=tables or (),
            events_from=events_from,
            journals=journals or (),
            compare=compare,
            confirm=lambda found: yes or _confirmed(found, shown),
            announce=output.note,
            on_reach=_note_reach,
            on_steps=shown.total,
            on_step=shown.step,
        )
        if settings.clickhouse_url is not None:
            result = rebuild_server(settings, request)
        else:
            result = rebuild_store(EmbeddedSettings(), request)
    if as_json:
        output.as_json(_document(result))
    else:
        _print(result)
    if not result.is_done or result.n_holes:
        raise typer.Exit(1)


def _note_reach(reach: "Reach") -> None:
    output.note(reach.sentence)


def _confirmed(found: "EventsRebuilt", shown: Bar) -> bool:
    """Ask a person; where nobody types, the answer is no."""
    lost = found.lost
    output.note(
        f"{lost.n_events} events of {lost.n_runs} runs are stored and not in the "
        f"{found.source}, received from {lost.first_received_at} to {lost.last_received_at} UTC"
    )
    if not sys.stdin.isatty():
        return False
    with shown.hidden():
        return typer.confirm(f"Lose these {lost.n_events} events?", default=False, err=True)


def _document(result: "RebuildResult") -> dict[str, Any]:
    return {
        "is_done": result.is_done,
        "tables": result.tables if result.is_done else [],
        "events": None if result.events is None else asdict(result.events),
        "n_holes": result.n_holes,
        "views": {
            name: {
                "before": asdict(before),
                "after": asdict(after) if (after := result.after.get(name)) else None,
                "is_same": after == before,
            }
            for name, before in result.before.items()
        },
    }


def _print(result: "RebuildResult") -> None:
    if not result.is_done:
        output.error(
            "nothing was changed: events would be lost",
            "--yes loses them; `benchwire drain` delivers what only journals hold",
        )
        return
    rows = [
        (name, before.n_rows, after.n_rows, after.digest, "same" if after == before else "changed")
        for name, before in result.before.items()
        for after in (result.after[name],)
    ]
    if rows:
        output.table(("view", "rows before", "rows after", "hash", ""), rows)
    if result.events is not None:
        output.note(
            f"events: {result.events.n_events} from the {result.events.source}, "
            f"{result.events.lost.n_events} lost, {result.events.n_refused} lines are dead letters"
        )
    output.note(f"rebuilt: {', '.join(result.tables)}")
    if result.n_holes:
        output.error(
            f"{result.n_holes} typed tables of runs still differ from events",
            "see rpt_store_check",
        )

"""`benchwire watch`: a live screen of what runs, fed by the stream itself."""

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from benchwire.cli import output
from benchwire.cli.server_commands import ClickHouseUrl, NatsUrl

if TYPE_CHECKING:
    from benchwire.cli.watching.feed import Feed

PIPE_SIZE: Final = (100, 24)

EXAMPLE: Final = "Example: benchwire watch demo; or: benchwire watch --once --json | jq .policies"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Answers", epilog=EXAMPLE)(watch)


def watch(
    experiment: Annotated[
        str | None, typer.Argument(help="Only this experiment_id; all without one.")
    ] = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="Print one frame, and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: print one JSON document.")
    ] = False,
    nats_url: NatsUrl = None,
    clickhouse_url: ClickHouseUrl = None,
) -> None:
    """Watch experiments while they run; q or Ctrl-C ends it.

    Running trials with step, tool, tokens, cost and the age of their last
    event, stalled ones marked; success per policy with its interval; what is
    spent a minute; failures as they happen; how far storing is behind.

    Straight from JetStream, so it is there before ClickHouse has it. What
    the stream no longer holds comes once from the store, at the start.
    Goes on by itself after a restart of the server or the daemon.

    \b
    Keys: / filter   s sort   enter a run's timeline   p pause   ? help
    Where standard output is no terminal, and with --once: one frame as text.
    NO_COLOR is heeded; nothing is told by colour alone.
    """  # noqa: D301 - click reads the character that \b stands for
    if as_json and not once:
        raise typer.BadParameter("--json goes with --once")
    # They load the client of NATS and the read side; `--help` must not.
    from benchwire.cli.watching.feed import Feed  # noqa: PLC0415
    from benchwire.cli.watching.screen import watch as show_screen  # noqa: PLC0415
    from benchwire.cli.watching.source import open_source  # noqa: PLC0415

    with open_source(nats_url, clickhouse_url) as source:
        feed = Feed(source, experiment)
        if once or not _can_draw():
            asyncio.run(_print_once(feed, as_json=as_json))
        else:
            asyncio.run(show_screen(source, feed))


def _can_draw() -> bool:
    return output.is_terminal() and not output.console().is_dumb_terminal


async def _print_once(feed: "Feed", *, as_json: bool) -> None:
    from benchwire.cli.watching.controls import Controls  # noqa: PLC0415
    from benchwire.cli.watching.frame import overview  # noqa: PLC0415
    from benchwire.cli.watching.once import caught_up, document  # noqa: PLC0415
    from benchwire.cli.watching.screen import situation  # noqa: PLC0415

    picture = await caught_up(feed)
    if as_json:
        output.as_json(document(picture, feed))
        return
    width = shutil.get_terminal_size(PIPE_SIZE).columns
    lines = overview(picture, situation(feed), Controls(), width, None)
    sys.stdout.write("".join(line.plain.rstrip() + "\n" for line in lines))

"""`benchwire tail`: events as they pass through the stream."""

import asyncio
import contextlib
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from benchwire.cli import output
from benchwire.cli.options import EVENT_TYPE_NAMES

if TYPE_CHECKING:
    from benchwire.cli.stream_source import StreamSource
    from benchwire.consumer.tailing import Filter, History, Seen

DEAD_LETTER: Final = "dead_letter"
UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")

EXAMPLE = "Example: benchwire tail --experiment demo --type failure --type run_stop"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Answers", epilog=EXAMPLE)(tail)


def tail(  # noqa: PLR0913  # one parameter per option
    *,
    experiment: Annotated[str | None, typer.Option(help="Only this experiment_id.")] = None,
    policy: Annotated[str | None, typer.Option(help="Only this policy_id.")] = None,
    task: Annotated[str | None, typer.Option(help="Only this task_id.")] = None,
    run: Annotated[
        str | None,
        typer.Option(help="Only this run_id: all of it, its beginning, or its end as printed."),
    ] = None,
    event_type: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            help=f"Only this event type; may be repeated. One of {EVENT_TYPE_NAMES}; "
            "dead_letter: lines that are no events.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="First what came since: 90s, 10m, 2h, 1d ago.")
    ] = None,
    last: Annotated[
        int | None, typer.Option(help="First the last N that fit the filters.", min=1)
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="First everything the stream still holds.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Go on with what is new.")
    ] = True,
    limit: Annotated[int | None, typer.Option(help="Stop after so many.", min=1)] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each event's line as it is in the wire (NDJSON).")
    ] = False,
) -> None:
    """Show events while they pass through the stream; Ctrl-C ends it.

    Straight from JetStream: what is shown may not be stored yet, and is shown
    whether or not anything stores it. Goes on by itself after a restart of
    the server or the daemon, without a gap or a double. Times are UTC; a
    run goes by policy/task/trial once its run_start was seen, else by the
    end of its run_id.

    With --json every line is an event, exactly as it was sent, but for lines
    that are no events: {"dead_letter": {"key", "reason", "detail", …}}.

    \b
      benchwire tail --last 20 --no-follow       what happened just now
      benchwire tail --since 10m --policy gpt-5  ten minutes, then live
      benchwire tail --json | jq .data.usage     for programs
    """  # noqa: D301 - click reads the character that \b stands for
    from benchwire.cli.stream_source import open_stream  # noqa: PLC0415
    from benchwire.consumer.tailing import History  # noqa: PLC0415

    if sum((since is not None, last is not None, from_start)) > 1:
        raise typer.BadParameter("give one of --since, --last and --from-start")
    started = None if since is None else datetime.now(UTC) - _duration(since)
    history = History(since=started, newest=last, everything=from_start)
    wanted = _filter(experiment, policy, task, run, event_type or ())
    write = _json_writer() if as_json else _people_writer()
    with open_stream() as source, contextlib.suppress(_Enough):
        asyncio.run(_tail(source, wanted, history, _limited(write, limit), follow=follow))


class _Enough(Exception):  # noqa: N818 - what was asked for is printed
    """The limit is reached."""


async def _tail(
    source: "StreamSource",
    wanted: "Filter",
    history: "History",
    write: "Callable[[Sequence[Seen]], None]",
    *,
    follow: bool,
) -> None:
    from benchwire.consumer.tailing import Tail  # noqa: PLC0415

    lines = Tail(
        source.locate, wanted, announce=output.note, nats_credentials=source.nats_credentials
    )
    async with aclosing(lines.groups(history, follow=follow)) as groups:
        async for group in groups:
            if group:
                write(group)


def _limited(
    write: "Callable[[Sequence[Seen]], None]", limit: int | None
) -> "Callable[[Sequence[Seen]], None]":
    """Return a writer that writes so many lines and then raises."""
    if limit is None:
        return write
    left = limit

    def write_some(group: "Sequence[Seen]") -> None:
        nonlocal left
        write(group[:left])
        left -= len(group)
        if left <= 0:
            raise _Enough

    return write_some


def _json_writer() -> "Callable[[Sequence[Seen]], None]":
    from benchwire.cli.tail_lines import json_line  # noqa: PLC0415

    def write(group: "Sequence[Seen]") -> None:
        sys.stdout.flush()
        sys.stdout.buffer.write(b"".join(json_line(seen) + b"\n" for seen in group))
        sys.stdout.buffer.flush()

    return write


def _people_writer() -> "Callable[[Sequence[Seen]], None]":
    from benchwire.cli.tail_lines import LineFormat  # noqa: PLC0415

    lines = LineFormat()

    def write(group: "Sequence[Seen]") -> None:
        sys.stdout.write("".join(lines.text(seen) + "\n" for seen in group))
        sys.stdout.flush()

    return write


def _filter(
    experiment: str | None,
    policy: str | None,
    task: str | None,
    run: str | None,
    event_types: Sequence[str],
) -> "Filter":
    from benchwire.consumer.tailing import Filter  # noqa: PLC0415
    from benchwire.schemas.event import EVENT_TYPES  # noqa: PLC0415

    known = (*EVENT_TYPES, DEAD_LETTER)
    for name in event_types:
        if name not in known:
            raise typer.BadParameter(f"--type {name!r} is none of {', '.join(known)}")
    return Filter(
        experiment_id=experiment,
        policy_id=policy,
        task_id=task,
        run=None if run is None else run.lower(),
        event_types=frozenset(event_types),
    )


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(
            f"--since takes a duration such as 90s, 10m, 2h or 1d, not {text!r}"
        )
    return timedelta(seconds=float(found[1]) * UNIT_SECONDS[found[2]])

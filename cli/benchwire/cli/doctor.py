"""`benchwire doctor`: what is wrong here, and which command mends it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchwire.cli import output
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.schemas.finding import Finding, Group, Status

STYLES: "dict[Status, str]" = {"ok": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}
STATUS_CHARACTERS, CHECK_CHARACTERS = 6, 20
"""Widths of the first columns, the same in every group."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Engines", epilog="Example: benchwire doctor --offline")(doctor)


def doctor(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Start nothing: look only at what is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Examine installation, data directory, engines, pipeline and what is stored.

    Every finding is ok, warn, fail or skip, and says what to do. Exits with 1
    when something failed; warnings are allowed.

    A running daemon is asked. Without one, and if something is stored, the
    engines run for the duration of the checks, which stores what waits in the
    stream, as any other command does. Nothing else is changed, and pending
    migrations are reported, not applied. With BENCHWIRE_NATS_URL or
    BENCHWIRE_CLICKHOUSE_URL those servers are examined. No secret is shown.
    """
    from benchwire.cli.doctor_checks import Examination, examine  # noqa: PLC0415 # loads clients
    from benchwire.cli.shown_commands import as_typed  # noqa: PLC0415
    from benchwire.cli.shown_secrets import known_secrets, without  # noqa: PLC0415
    from benchwire.consumer.settings import ConsumerSettings  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.producer.settings import ProducerSettings  # noqa: PLC0415
    from benchwire.schemas.finding import Group  # noqa: PLC0415

    settings = ProducerSettings(), ConsumerSettings(), EmbeddedSettings()
    secrets = known_secrets(*settings)

    def presentable(groups: Iterable[Group]) -> Iterator[Group]:
        for group in groups:
            findings = (
                replace(each, command=as_typed(each.command, settings[2].data_dir))
                for each in group.findings
            )
            yield Group(group.title, [without(each, secrets) for each in findings])

    groups: list[Group] = []
    for group in presentable(examine(Examination(*settings, offline, output.note))):
        groups.append(group)
        if not as_json:
            print_group(group)
    if as_json:
        output.as_json(
            [{"group": group.title, **asdict(each)} for group in groups for each in group.findings]
        )
    counts = Counter(each.status for group in groups for each in group.findings)
    output.note(", ".join(f"{counts[status]} {status}" for status in STYLES))
    if counts["fail"]:
        raise typer.Exit(1)


def print_group(group: "Group") -> None:
    """Print one group: a line a finding, below it what to do, and the command by itself."""
    console = output.console()
    console.print(f"[bold]{escape(group.title)}[/]")
    for finding in group.findings:
        _print_finding(console, finding)


def _print_finding(console: Console, finding: "Finding") -> None:
    style = STYLES[finding.status]
    console.print(_line(f"[{style}]{finding.status}[/]", finding.check, escape(finding.found)))
    if finding.fix:
        console.print(_line("", "", f"[dim]fix:[/] {escape(finding.fix)}"))
    if finding.command:
        # Never folded by us: it must survive being copied.
        indent = " " * (STATUS_CHARACTERS + CHECK_CHARACTERS + 4)
        console.print(indent + finding.command, markup=False, soft_wrap=True, highlight=False)


def _line(status: str, check: str, text: str) -> Table:
    """Lay out one line; a grid of its own, so that no line is padded to another's length."""
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(width=STATUS_CHARACTERS)
    line.add_column(width=CHECK_CHARACTERS, overflow="fold")
    line.add_column(overflow="fold")
    line.add_row(f"  {status}", escape(check), text)
    return line

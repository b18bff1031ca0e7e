"""`benchwire consume` and `migrate`: the same parts against a NATS and a ClickHouse server."""

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.consumer.settings import ConsumerSettings

PANEL = "Servers"

NatsUrl = Annotated[str | None, typer.Option(help="NATS server, or several separated by commas.")]
ClickHouseUrl = Annotated[
    str | None,
    typer.Option(
        help="http://user:password@host:8123/benchwire; better in BENCHWIRE_CLICKHOUSE_URL, "
        "where other users of the machine cannot read it.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        rich_help_panel=PANEL,
        epilog="Example: BENCHWIRE_CLICKHOUSE_URL=http://default:pw@clickhouse:8123/benchwire "
        "benchwire consume --nats-url nats://nats:4222",
    )(consume)
    app.command(
        rich_help_panel=PANEL,
        epilog="Example: benchwire migrate --dry-run; or: benchwire migrate --rebuild steps",
    )(migrate)


def consume(*, nats_url: NatsUrl = None, clickhouse_url: ClickHouseUrl = None) -> None:
    """Store events from a NATS server into a ClickHouse server until stopped.

    Any number of these share the work. SIGTERM and Ctrl-C store what is held,
    then end. The daemon (`benchwire up`) has a consumer of its own and does
    not need this.
    """
    from benchwire.cli.logs import configure_logs  # noqa: PLC0415
    from benchwire.consumer.main import consume as run_consumer  # noqa: PLC0415
    from benchwire.consumer.main import open_sink  # noqa: PLC0415

    settings = consumer_settings(nats_url, clickhouse_url)
    configure_logs(os.environ.get("BENCHWIRE_LOG_LEVEL") or "INFO")
    asyncio.run(run_consumer(settings, open_sink(settings)))


def migrate(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the SQL that would run, and run nothing.")
    ] = False,
    rebuild: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE",
            help="Also empty this typed table and fill it from `events`; may be repeated. "
            "`benchwire doctor` says when it is needed.",
        ),
    ] = None,
    clickhouse_url: ClickHouseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database to this version: new tables once, changed views again.

    With a ClickHouse URL that server's database, else the store of the data
    directory, whose daemon does the same at every start.
    """
    from benchwire.cli.migrating import migrate_server, migrate_store  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415

    settings = consumer_settings(None, clickhouse_url)
    if settings.clickhouse_url is not None:
        result = migrate_server(settings, rebuild or (), dry_run=dry_run)
    else:
        result = migrate_store(EmbeddedSettings(), rebuild or (), dry_run=dry_run)
    if as_json:
        output.as_json({"dry_run": dry_run, "steps": result.steps})
    elif dry_run:
        typer.echo(result.sql, nl=False)
    for step in result.steps if not (dry_run or as_json) else ():
        output.note(f"{step['action']} {step['name']}")
    if not result.steps:
        output.note("the database is up to date")


def consumer_settings(nats_url: str | None, clickhouse_url: str | None) -> "ConsumerSettings":
    """Return the settings of the environment with what options say put over them."""
    from pydantic import SecretStr  # noqa: PLC0415

    from benchwire.consumer.settings import ConsumerSettings  # noqa: PLC0415

    given: dict[str, Any] = {}
    if nats_url is not None:
        given["nats_url"] = nats_url
    if clickhouse_url is not None:
        given["clickhouse_url"] = SecretStr(clickhouse_url)
    return ConsumerSettings(**given)

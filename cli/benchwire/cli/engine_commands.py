"""`benchwire up`, `status` and `down`: the engines of one data directory."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.embedded.settings import EmbeddedSettings

PANEL = "Engines"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire up --detach && benchwire status")(
        up
    )
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire status --json")(status)
    app.command(rich_help_panel=PANEL, epilog="Example: benchwire down")(down)


def up(
    *,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Run in the background; return when it answers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run nats-server, the store, the consumer and the SQL endpoint until stopped.

    In the foreground it logs to standard error (JSON unless that is a
    terminal) and ends on Ctrl-C or SIGTERM. With --detach it logs to
    log/daemon.log in the data directory.
    """
    # The engines' libraries are heavy; `--help` must not load them.
    from benchwire.cli.logs import configure_logs  # noqa: PLC0415
    from benchwire.embedded.daemon import run_daemon, spawn_daemon  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415

    settings = EmbeddedSettings()

    def started(registration: Any) -> None:
        if as_json:
            output.as_json(_reach(registration, settings))
        else:
            output.facts((*_reach(registration, settings).items(), ("stop with", "benchwire down")))
        sys.stdout.flush()

    if detach:
        arguments = [sys.executable, "-m", "benchwire.cli.main", "up"]
        _refuse_second(settings)
        started(spawn_daemon(settings, arguments))
        return
    configure_logs(os.environ.get("BENCHWIRE_LOG_LEVEL") or "INFO")
    run_daemon(settings, started=started, announce=output.note)


def status(*, as_json: AsJson = False) -> None:
    """Show what runs for this data directory, and how far events have come.

    Exits with 1 when nothing runs.
    """
    from benchwire.cli.status_report import print_status, read_status  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415

    report = read_status(EmbeddedSettings())
    if as_json:
        output.as_json(report)
    else:
        print_status(report)
    if not report["running"]:
        raise typer.Exit(1)


def down(*, as_json: AsJson = False) -> None:
    """Stop the daemon of this data directory and wait until it has ended."""
    from benchwire.embedded.daemon import stop_daemon  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415

    settings = EmbeddedSettings()
    report = stop_daemon(settings)
    if as_json:
        output.as_json(
            {"was_running": report.was_running, "pid": report.pid, "seconds": report.seconds}
        )
    elif report.was_running:
        output.note(f"stopped the daemon (pid {report.pid}) in {report.seconds:g} s")
    else:
        output.note(f"no daemon runs for {settings.data_dir}")


def _refuse_second(settings: "EmbeddedSettings") -> None:
    from benchwire.embedded.daemon import running_daemon  # noqa: PLC0415
    from benchwire.embedded.errors import EnginesBusyError  # noqa: PLC0415

    found = running_daemon(settings)
    if found is not None and found.role == "daemon":
        raise EnginesBusyError(
            f"a daemon already runs for {settings.data_dir} (pid {found.pid}, "
            f"SQL at {found.sql_url})",
            hint="use it, or end it with `benchwire down`",
        )


def _reach(registration: Any, settings: "EmbeddedSettings") -> dict[str, Any]:
    return {
        "pid": registration.pid,
        "nats_url": registration.nats_url,
        "sql_url": registration.sql_url,
        "token_file": str(settings.data_dir / "daemon.json"),
    }

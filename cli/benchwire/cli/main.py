"""Entry point of `benchwire`: the list of command modules, and what happens without the extra."""

import importlib.util
import sys

COMMAND_MODULES = (
    "benchwire.cli.engine_commands",
    "benchwire.cli.doctor",
    "benchwire.cli.demo",
    "benchwire.cli.run",
    "benchwire.cli.stop",
    "benchwire.cli.emit",
    "benchwire.cli.replay",
    "benchwire.cli.drain",
    "benchwire.cli.import_commands",
    "benchwire.cli.verdict",
    "benchwire.cli.sql",
    "benchwire.cli.integrity",
    "benchwire.cli.report",
    "benchwire.cli.compare",
    "benchwire.cli.summary",
    "benchwire.cli.trajectory",
    "benchwire.cli.analyze",
    "benchwire.cli.prices",
    "benchwire.cli.export",
    "benchwire.cli.tail",
    "benchwire.cli.watch",
    "benchwire.cli.dead_letters",
    "benchwire.cli.server_commands",
    "benchwire.cli.rebuild",
    "benchwire.cli.schema_export",
    "benchwire.cli.about",
)
"""Modules with a function `register(app: typer.Typer) -> None`, in the order `--help` shows."""

NEEDED = ("typer", "rich")


def main() -> None:
    """Run the command line and exit with 0 (ok), 1 (failed), 2 (usage) or 130 (interrupted)."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"benchwire: the command line needs {' and '.join(missing)}, not installed here.\n"
            "Install it with: pip install 'benchwire[cli,embedded]'\n"
        )
        sys.exit(1)
    # The application needs typer and rich at its top; this module must not.
    from benchwire.cli.application import run  # noqa: PLC0415

    sys.exit(run(COMMAND_MODULES))


if __name__ == "__main__":
    main()

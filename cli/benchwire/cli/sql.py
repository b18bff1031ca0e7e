"""`benchwire sql`: ask the store."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from benchwire.cli import output

_WITH_PARAMETERS: Final = "`rpt_…(run_id = '…')`; docs/views.md says which views take which"
HINTS: Final = {
    47: '`benchwire sql "DESCRIBE TABLE rpt_…"` names the columns',
    60: '`benchwire sql "SHOW TABLES"` names tables and views',
    51: f"a view with parameters is called like a function: {_WITH_PARAMETERS}",
    73: "such as JSON, CSVWithNames, TSV, Vertical, Parquet",
    159: "--timeout SECONDS gives it longer",
    456: f"--param NAME=VALUE sets it; one of a view stands in its call: {_WITH_PARAMETERS}",
}
"""By ClickHouse's code: what a person does who got a name or a limit wrong."""
ON_TERMINAL, ELSEWHERE = "PrettyCompact", "TabSeparatedWithNames"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        rich_help_panel="Answers",
        epilog='Example: benchwire sql "SELECT run_id, status, outcome FROM rpt_run_summary"',
    )(sql)


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One reading statement; '-' or nothing reads stdin.")
    ] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read the statement from a file.")
    ] = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Any ClickHouse output format: JSON, CSVWithNames, Parquet, Vertical, …",
            show_default=f"{ON_TERMINAL} on a terminal, else {ELSEWHERE}",
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="name=value for a {name:Type} in the statement."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds the statement may take.", min=0.001)
    ] = None,
) -> None:
    """Answer one SQL statement over the stored events and views (read-only).

    What people and dashboards read are the views rpt_…; `SHOW TABLES` lists
    all, `DESCRIBE TABLE rpt_run_summary` the columns of one. Without a running
    daemon the engines start for this statement.
    """
    # The engines' client is heavy; `--help` must not load it.
    from benchwire.embedded.errors import QueryError  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415

    text = _statement(query, file)
    terminal = sys.stdout.isatty()
    chosen = output_format or (ON_TERMINAL if terminal else ELSEWHERE)
    settings: dict[str, str] = {}
    if timeout is not None:
        settings["max_execution_time"] = str(timeout)
    if chosen.startswith("Pretty"):
        colour = terminal and "NO_COLOR" not in os.environ
        settings["output_format_pretty_color"] = "1" if colour else "0"
    with open_stack(EmbeddedSettings(), announce=output.note) as stack:
        try:
            _write(stack.stream(text, chosen, _params(param or []), settings))
        except QueryError as error:
            error.hint = error.hint or HINTS.get(error.code, "")
            raise


def _statement(query: str | None, file: Path | None) -> str:
    if query is not None and query != "-" and file is not None:
        raise typer.BadParameter("give the statement or --file, not both")
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise typer.BadParameter(f"{file} is no text in UTF-8 ({error.reason})") from error
    elif query is None or query == "-":
        if query is None and sys.stdin.isatty():
            raise typer.BadParameter('give a statement, such as "SHOW TABLES"')
        text = sys.stdin.read()
    else:
        text = query
    if not text.strip():
        raise typer.BadParameter("the statement is empty")
    return text


def _params(pairs: Iterable[str]) -> dict[str, str]:
    params: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"--param needs name=value, not {pair!r}")
        # The endpoint reads values as ClickHouse does: as tab-separated text.
        params[name] = value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return params


def _write(blocks: Iterable[bytes]) -> None:
    sys.stdout.flush()
    target = sys.stdout.buffer
    for block in blocks:
        target.write(block)
        target.flush()

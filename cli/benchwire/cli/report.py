"""`benchwire report`: what one experiment says, on a terminal, as Markdown, JSON or a page."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson
from benchwire.cli.progress_bar import bar

if TYPE_CHECKING:
    from benchwire.analysis.report.document import Report
    from benchwire.analysis.report.scope import KnownExperiment
    from benchwire.analysis.rows import Rows

STDOUT = Path("-")
EXPERIMENTS_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        rich_help_panel="Answers",
        epilog="Example: benchwire report benchwire-demo --html report.html",
    )(report)


def report(  # noqa: PLR0913  # one parameter per option
    experiment: Annotated[
        str | None,
        typer.Argument(help="Its experiment_id. Absent: the experiment that ran last."),
    ] = None,
    *,
    job: Annotated[
        str | None, typer.Option(help="Only this job. Some sections know no jobs and are left out.")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="Only this policy; may be given several times.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Judge as from this moment (ISO 8601, UTC) which open runs are abandoned.",
            show_default="now",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            help="Write one page with plots that needs no network; '-': print it.",
            dir_okay=False,
            allow_dash=True,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file that --html names.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown instead of tables for a terminal.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Report on an experiment: success, comparisons, cost, tasks, tools, failures, jobs.

    Every rate stands beside its intervals and beside what is not in it; notes
    say in words what the data lack and how to read them. All numbers are those
    of the views rpt_…; --json has them unrounded, and rows that tables cut.

    The page of --html is one file: plots, the table behind each, light and
    dark, printable, no script and nothing from the network.
    """
    # They load the HTTP client and the read side; `--help` must not.
    from benchwire.analysis.asked_together import AT_ONCE  # noqa: PLC0415
    from benchwire.analysis.report.collect import QUESTIONS_MAX, collect  # noqa: PLC0415
    from benchwire.analysis.report.scope import make_scope  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415

    if sum((html is not None, markdown, as_json)) > 1:
        raise typer.BadParameter("--html, --markdown or --json, one of them")
    moment = None if as_of is None else _moment(as_of)
    if html is not None and html != STDOUT:
        _check_writable(html, overwrite=overwrite)
    with open_stack(EmbeddedSettings(), announce=output.note) as stack:
        chosen = experiment or _newest(_known(stack.rows))
        scope = make_scope(stack.rows, chosen, job_id=job, policies=policy or (), as_of=moment)
        with bar("asking the views") as shown:
            shown.total(QUESTIONS_MAX)
            found = collect(stack.rows, scope, shown.step, at_once=AT_ONCE)
    if html is not None:
        _write_page(found, html)
    elif as_json:
        output.as_json(asdict(found))
    else:
        _print(found, as_markdown=markdown)


def _print(found: "Report", *, as_markdown: bool) -> None:
    from benchwire.analysis.report.markdown import report_markdown  # noqa: PLC0415
    from benchwire.cli.report_tables import print_report  # noqa: PLC0415

    if as_markdown:
        sys.stdout.write(report_markdown(found))
    else:
        print_report(found)


def _check_writable(path: Path, *, overwrite: bool) -> None:
    """Refuse before the views are asked, not after."""
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no directory {path.parent} for --html")
    if path.exists() and not overwrite:
        raise typer.BadParameter(f"{path} is there already; --overwrite replaces it")


def _write_page(found: "Report", path: Path) -> None:
    from benchwire.analysis.report.page.report_page import report_page  # noqa: PLC0415

    page = report_page(found)
    if path == STDOUT:
        sys.stdout.buffer.write(page.encode())
        return
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(page, encoding="utf-8", newline="\n")
    partial.replace(path)
    output.note(f"written: {path}")


def _known(rows: "Rows") -> "list[KnownExperiment]":
    from benchwire.analysis.report.scope import NotInStore, known_experiments  # noqa: PLC0415

    known = known_experiments(rows)
    if not known:
        raise NotInStore(
            "the store has no runs to report on",
            hint="`benchwire demo` makes some, `benchwire import PATH` brings yours in",
        )
    return known


def _newest(known: "list[KnownExperiment]") -> str:
    """The experiment that ran last; people are told which others there are."""
    newest, *others = known
    if others:
        names = ", ".join(each.experiment_id for each in others[:EXPERIMENTS_SHOWN])
        rest = len(others) - EXPERIMENTS_SHOWN
        more = f" and {rest} more" if rest > 0 else ""
        output.note(f"on {newest.experiment_id}, which ran last; there are also: {names}{more}")
    return newest.experiment_id


def _moment(text: str) -> str:
    """A moment as the views take it."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"--as-of {text!r} is no moment; one is 2026-11-01T12:00:00Z"
        ) from error
    if given.tzinfo is not None:
        given = given.astimezone(UTC)
    return f"{given:%Y-%m-%d %H:%M:%S.%f}"

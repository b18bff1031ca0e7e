"""`benchwire export parquet`: views and tables as files for pandas, DuckDB, Polars and the like."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson
from benchwire.cli.progress_bar import bar

if TYPE_CHECKING:
    from benchwire.analysis.parquet_export.manifest import Manifest

EXAMPLE: Final = "Example: benchwire export parquet results --experiment first-look"


def parquet(  # noqa: PLR0913  # one parameter per option
    directory: Annotated[Path, typer.Argument(help="Becomes the directory of the files.")],
    *,
    experiment: Annotated[str | None, typer.Option(help="Only what belongs to this one.")] = None,
    views: Annotated[
        list[str] | None,
        typer.Option(metavar="VIEW", help="This view, or all reports; may be repeated."),
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE", help="This table without duplicates, or all; may be repeated."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the export that is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write views and tables as Parquet files, one each, beside a manifest.json.

    Without --views and --tables all reports are written (rpt_…; docs/views.md
    describes them). `--tables events` writes events, `--tables all` also
    the typed tables; a table of more than 128 MiB becomes a folder of several
    files. The manifest has rows, columns and SHA-256 of each, and the moment that
    views about time speak of. Views that take other parameters are left out.

    An export that was interrupted goes on when it is asked for again.

    In Python: pandas.read_parquet("results/rpt_run_summary.parquet").
    """
    # They load the HTTP client and the read side; `--help` must not.
    from benchwire.analysis.job_export.event_rows import Store  # noqa: PLC0415
    from benchwire.analysis.parquet_export.directory import (  # noqa: PLC0415
        ParquetRequest,
        export_parquet,
        unfinished,
    )
    from benchwire.analysis.parquet_export.sources import Asked  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415

    settings = EmbeddedSettings()
    asked = Asked(views or (), tables or (), experiment)
    # Before the engines start, so that a wrong directory is told at once.
    if unfinished(ParquetRequest(directory=directory, asked=asked, overwrite=overwrite)):
        output.note(f"{directory}: going on with the export that was interrupted there")
    limits = {"max_execution_time": str(settings.query_seconds_max)}
    with (
        open_stack(settings, announce=output.note) as stack,
        bar("exporting views") as shown,
    ):
        done = export_parquet(
            Store(rows=stack.rows, blocks=partial(stack.stream, settings=limits)),
            ParquetRequest(
                directory=directory,
                asked=asked,
                overwrite=overwrite,
                on_views=shown.total,
                on_view=shown.step,
            ),
        )
    if as_json:
        output.as_json(done.model_dump(mode="json"))
    else:
        _print(done, directory)


def _print(done: "Manifest", directory: Path) -> None:
    rows = [
        (view.name, view.rows, len(view.files), output.size(sum(f.n_bytes for f in view.files)))
        for view in done.views
    ]
    output.table(("view", "rows", "files", "size"), rows)
    for view in done.left_out:
        output.note(f"left out {view.name}: {view.reason}")
    output.note(f"written to {directory}, as of {done.as_of} UTC")

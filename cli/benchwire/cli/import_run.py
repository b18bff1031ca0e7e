"""Runs an import: finds the sessions, emits them, and waits until they are stored."""

import contextlib
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchwire.analysis.sources import counted_import
from benchwire.cli.delivery import destination
from benchwire.embedded.stack import Stack
from benchwire.producer.importers.copilot import SessionFiles
from benchwire.producer.importers.labels import LabelOverrides, Labels
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.session import (
    HowToImport,
    ImportReport,
    find_sources,
    import_sessions,
    import_settings,
)
from benchwire.producer.importers.source import StoredImport, StoredImportLookup
from benchwire.producer.producer import Producer

OnSession = Callable[[SessionFiles], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What the command was asked for."""

    paths: list[Path]
    overrides: LabelOverrides
    otel: Path | None
    dry_run: bool
    strict: bool
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of it."""

    report: ImportReport
    stored: bool | None
    """Whether everything is stored; None where another consumer stores, or nothing was sent."""


def run_import(request: ImportRequest) -> ImportResult:
    """Import everything the request names."""
    report = ImportReport(notices=Notices(strict=request.strict))
    sources = find_sources(request.paths, report, otel=request.otel)
    if request.overrides.trial_no is not None and len(sources) > 1:
        raise typer.BadParameter(f"--trial names one run, but {len(sources)} sessions were found")
    if not sources:
        return ImportResult(report, None)
    with _progress(sources) as advance:
        if request.dry_run:
            how = HowToImport(overrides=request.overrides)
            import_sessions(sources, how, report, on_session=advance)
            return ImportResult(report, None)
        return ImportResult(report, _emit(request, sources, report, advance))


def _emit(
    request: ImportRequest, sources: list[SessionFiles], report: ImportReport, advance: OnSession
) -> bool | None:
    timeout_seconds = request.timeout_seconds
    with destination() as (settings, stack):
        producer = Producer(import_settings(settings))
        try:
            how = HowToImport(
                overrides=request.overrides,
                producer=producer,
                lookup=None if stack is None else _lookup(stack),
            )
            import_sessions(sources, how, report, on_session=advance)
            delivered = producer.flush(timeout_seconds)
        finally:
            producer.close(0.0)
        if stack is None:
            return None if delivered else False
        return delivered and stack.wait_stored(timeout_seconds)


def _lookup(stack: Stack) -> StoredImportLookup:
    """Ask the store which import of a session counts, and what it is called."""

    def stored_import(system: str, source_id: str) -> StoredImport | None:
        counted = counted_import(stack.rows, system, source_id)
        if counted is None:
            return None
        labels = Labels(
            experiment_id=counted.experiment_id,
            job_id=counted.job_id,
            policy_id=counted.policy_id,
            task_id=counted.task_id,
            trial_no=counted.trial_no,
        )
        return StoredImport(labels=labels, revision=counted.revision)

    return stored_import


@contextlib.contextmanager
def _progress(sources: Sequence[SessionFiles]) -> Generator[OnSession]:
    """Show a bar on a terminal; elsewhere nothing."""
    console = Console(stderr=True)
    if not (console.is_terminal and sys.stderr.isatty()):
        yield lambda _files: None
        return
    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("sessions", total=len(sources))
        yield lambda _files: progress.advance(bar)

"""Imports sessions one after the other: translate, emit, count; one bad source stops no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchwire.producer.producer import Producer

from benchwire.producer.importers import copilot
from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.source import StoredImportLookup
from benchwire.producer.importers.tally import ImportedRun, RunTally
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.producer.run_identity import RunIdentity
from benchwire.schemas.errors import InvalidEvent

EMITTER = "import"
EPOCH = 0
"""Imports repeat themselves exactly, so their events keep one epoch and thereby their ids."""


@dataclass(slots=True)
class ImportReport:
    """What an import brought, over all its sources."""

    runs: list[ImportedRun] = field(default_factory=list[ImportedRun])
    refused: list[ImportRefused] = field(default_factory=list[ImportRefused])
    total: RunTally = field(default_factory=RunTally)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopilotImport:
    """How to import; without a producer, sessions are translated and counted, no more."""

    producer: Producer | None
    overrides: LabelOverrides = field(default_factory=LabelOverrides)
    notices: Notices = field(default_factory=Notices)
    lookup: StoredImportLookup | None = None
    otel: Path | None = None

    def sources(self, paths: Iterable[Path], report: ImportReport) -> list[copilot.SessionFiles]:
        """Find all sessions first, so that the work ahead is known."""
        found: list[copilot.SessionFiles] = []
        for path in paths:
            try:
                found.extend(copilot.find_sessions(path, otel=self.otel))
            except (ImportRefused, OSError) as error:
                report.refused.append(_refusal(path, error))
        return list(dict.fromkeys(found))

    def run(
        self,
        sources: Iterable[copilot.SessionFiles],
        report: ImportReport,
        *,
        on_session: Callable[[copilot.SessionFiles], None] | None = None,
    ) -> None:
        """Import every source into ``report``; a refused one is noted there.

        Raises:
            StrictImport: The import is strict and something had to be overlooked.
        """
        for files in sources:
            try:
                imported = self._session(files)
            except (ImportRefused, OSError) as error:
                if self.notices.strict:
                    raise
                report.refused.append(_refusal(files.events, error))
            else:
                report.runs.append(imported)
                report.total.add(imported.tally)
            if on_session is not None:
                on_session(files)

    def _session(self, files: copilot.SessionFiles) -> ImportedRun:
        run = copilot.translate(files, self.overrides, notices=self.notices, lookup=self.lookup)
        tally = RunTally()
        if self.producer is None:
            for event in run.events:
                tally.see(event)
        else:
            emit_run(self.producer, run, tally, self.notices)
        return ImportedRun(run, tally)


def emit_run(producer: Producer, run: TranslatedRun, tally: RunTally, notices: Notices) -> None:
    """Emit one translated run: every event, then the end of its only epoch."""
    emitter = producer.open_emitter(identity_of(run), EMITTER, epoch=EPOCH)
    try:
        for event in run.events:
            try:
                emitter.emit(event.event_type, event.payload, step_id=event.step_id, ts=event.ts)
            except InvalidEvent as error:
                notices.add("event_refused", run.source.source_id, str(error))
            else:
                tally.see(event)
    finally:
        emitter.close()


def identity_of(run: TranslatedRun) -> RunIdentity:
    """The envelope of an imported run's events."""
    return RunIdentity(
        experiment_id=run.labels.experiment_id,
        job_id=run.labels.job_id,
        policy_id=run.labels.policy_id,
        task_id=run.labels.task_id,
        run_id=run.run_id,
        cfg_hash=run.cfg_hash,
        env_hash=run.env_hash,
        trace_id=run.trace_id,
    )


def _refusal(path: Path, error: ImportRefused | OSError) -> ImportRefused:
    if isinstance(error, ImportRefused):
        return error
    return ImportRefused(f"{path}: {error.strerror or error}")

"""Imports sessions one after the other: translate, emit, count; one bad source stops no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchwire.producer.importers import copilot
from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.source import StoredImportLookup
from benchwire.producer.importers.tally import ImportedRun, RunTally
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.producer.producer import Producer
from benchwire.producer.run_identity import RunIdentity
from benchwire.producer.settings import ProducerSettings
from benchwire.schemas.errors import InvalidEvent

EMITTER = "import"
EPOCH = 0
"""Imports repeat themselves exactly, so their events keep one epoch and thereby their ids."""
_CUTTING = ("content_bytes_max", "event_bytes_max")
"""Settings that shape the events themselves."""


def import_settings(settings: ProducerSettings) -> ProducerSettings:
    """Settings for a producer that imports: texts are cut where the defaults say.

    The same session must give the same events on every machine and at any time, or a second
    import would contradict the first.
    """
    fixed = {name: ProducerSettings.model_fields[name].default for name in _CUTTING}
    return settings.model_copy(update=fixed)


@dataclass(slots=True)
class ImportReport:
    """What an import brought, over all its sources."""

    notices: Notices = field(default_factory=Notices)
    runs: list[ImportedRun] = field(default_factory=list[ImportedRun])
    refused: list[ImportRefused] = field(default_factory=list[ImportRefused])
    total: RunTally = field(default_factory=RunTally)


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToImport:
    """Labels, and where events go: without a producer, sessions are only translated."""

    overrides: LabelOverrides = field(default_factory=LabelOverrides)
    producer: Producer | None = None
    lookup: StoredImportLookup | None = None


def find_sources(
    paths: Iterable[Path], report: ImportReport, *, otel: Path | None = None
) -> list[copilot.SessionFiles]:
    """Find all sessions first, so that the work ahead is known; refusals go into ``report``."""
    found: list[copilot.SessionFiles] = []
    for path in paths:
        try:
            found.extend(copilot.find_sessions(path, otel=otel))
        except (ImportRefused, OSError) as error:
            report.refused.append(_refusal(path, error))
    return list(dict.fromkeys(found))


def import_sessions(
    sources: Iterable[copilot.SessionFiles],
    how: HowToImport,
    report: ImportReport,
    *,
    on_session: Callable[[copilot.SessionFiles], None] | None = None,
) -> None:
    """Import every source into ``report``; a refused one is noted there, the rest goes on.

    Raises:
        StrictImport: The report's notices are strict and something had to be overlooked.
    """
    for files in sources:
        try:
            imported = _import(files, how, report.notices)
        except (ImportRefused, OSError) as error:
            if report.notices.strict:
                raise
            report.refused.append(_refusal(files.events, error))
        else:
            report.runs.append(imported)
            report.total.add(imported.tally)
        if on_session is not None:
            on_session(files)


def _import(files: copilot.SessionFiles, how: HowToImport, notices: Notices) -> ImportedRun:
    run = copilot.translate(files, how.overrides, notices=notices, lookup=how.lookup)
    tally = RunTally()
    if how.producer is None:
        for event in run.events:
            tally.see(event)
    else:
        emit_run(how.producer, run, tally, notices)
    return ImportedRun(run, tally)


def emit_run(producer: Producer, run: TranslatedRun, tally: RunTally, notices: Notices) -> None:
    """Emit one translated run: every event, then the end of its only epoch.

    If that is interrupted, the epoch is left open, and importing again continues it.
    """
    emitter = producer.open_emitter(identity_of(run), EMITTER, epoch=EPOCH)
    try:
        for event in run.events:
            try:
                emitter.emit(event.event_type, event.payload, step_id=event.step_id, ts=event.ts)
            except InvalidEvent as error:
                notices.add("event_refused", run.source.source_id, str(error))
            else:
                tally.see(event)
    except BaseException:
        emitter.leave_for_recovery()
        raise
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

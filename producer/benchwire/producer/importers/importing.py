"""Imports recordings one after the other: translate, emit, count; a bad one stops no other."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from benchwire.producer.emitter import Emitter
from benchwire.producer.importers.errors import (
    REFUSALS,
    EventLost,
    HalfImported,
    ImportRefused,
    refusal,
)
from benchwire.producer.importers.importer import Recording, Translating, unwatched
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.tally import ImportedRun, RunTally
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.producer.producer import Producer
from benchwire.producer.run_identity import RunIdentity
from benchwire.producer.settings import ProducerSettings
from benchwire.producer.unsequenced import UnsequencedEmitter
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.identity import UNSEQUENCED

EMITTER = "import"
EPOCH = 0
"""Imports repeat themselves exactly, so their events keep one epoch and thereby their ids."""
_CUTTING = ("content_bytes_max", "event_bytes_max")
"""Settings that shape the events themselves."""


def import_settings(settings: ProducerSettings) -> ProducerSettings:
    """Settings for a producer that imports: texts are cut where the defaults say.

    The same recording must give the same events on every machine and at any time, or a second
    import would contradict the first.
    """
    fixed = {name: ProducerSettings.model_fields[name].default for name in _CUTTING}
    return settings.model_copy(update=fixed)


@dataclass(slots=True)
class ImportReport:
    """What an import brought, over all its recordings."""

    notices: Notices = field(default_factory=Notices)
    runs: list[ImportedRun] = field(default_factory=list[ImportedRun])
    refused: list[ImportRefused] = field(default_factory=list[ImportRefused])
    stopped_by: ImportRefused | None = None
    """What ended a strict import; nothing after it was imported."""
    total: RunTally = field(default_factory=RunTally)


def import_recordings(
    recordings: Iterable[Recording],
    translating: Translating,
    report: ImportReport,
    *,
    producer: Producer | None = None,
    on_recording: Callable[[Recording], None] | None = None,
) -> None:
    """Import every recording into ``report``; a refused one is noted there, the rest goes on.

    Args:
        recordings: What to import. A run that comes twice is imported once.
        translating: How to translate; its notices should be those of the report.
        report: What came of it.
        producer: Where events go; without one they are only counted.
        on_recording: Called after each recording.

    If the notices are strict, the first one ends the import, and so does a source that is
    refused: the report says what it was.
    """
    seen: dict[tuple[str, str], set[str]] = {}
    for recording in recordings:
        try:
            imported = _import(recording, translating, producer, seen)
        except REFUSALS as error:
            if translating.notices.strict:
                report.stopped_by = refusal(recording.path, error)
                return
            report.refused.append(refusal(recording.path, error))
        else:
            if imported is not None:
                report.runs.append(imported)
                report.total.add(imported.tally)
        if on_recording is not None:
            on_recording(recording)


def _import(
    recording: Recording,
    translating: Translating,
    producer: Producer | None,
    seen: dict[tuple[str, str], set[str]],
) -> ImportedRun | None:
    run = recording.translate(translating)
    versions = seen.setdefault((run.source.system, run.source.source_id), set())
    if run.run_id in versions:
        text = f"the same run as another source of this import, {run.source.source_id}"
        translating.notices.add("same_run_again", str(recording.path), text)
        return None
    if versions:
        text = f"two versions of {run.source.source_id}: the one with more records counts"
        translating.notices.add("same_source_again", str(recording.path), text)
    tally = RunTally()
    if producer is None:
        for event in run.events:
            tally.see(event)
    else:
        _send(recording, run, tally, translating, producer)
    versions.add(run.run_id)  # only now: a copy of one that breaks off may be whole
    return ImportedRun(run, tally)


def _send(
    recording: Recording,
    run: TranslatedRun,
    tally: RunTally,
    translating: Translating,
    producer: Producer,
) -> None:
    if translating.notices.strict:  # what cannot be translated whole must not begin
        deque(recording.translate(replace(translating, on_bytes=unwatched)).events, maxlen=0)
    emit = emit_unsequenced if run.emitter in UNSEQUENCED else emit_run
    try:
        emit(producer, run, tally, translating.notices)
    except REFUSALS as error:
        known = refusal(recording.path, error)
        raise (HalfImported(known, tally.events) if tally.events else known) from error


def emit_run(producer: Producer, run: TranslatedRun, tally: RunTally, notices: Notices) -> None:
    """Emit one translated run: every event, then the end of its only epoch.

    If that is interrupted, the epoch is left open, and importing again continues it.

    Raises:
        EventLost: The journal took no more.
        StrictImport: An event breaks the contract, and the notices are strict.
    """
    emitter = producer.open_emitter(identity_of(run), EMITTER, epoch=EPOCH)
    try:
        for event in run.events:
            try:
                _emit(emitter, event, run)
            except InvalidEvent as error:
                notices.add("event_refused", run.source.source_id, str(error))
            else:
                tally.see(event)
    except BaseException:
        emitter.leave_for_recovery()
        raise
    emitter.close()


def emit_unsequenced(
    producer: Producer, run: TranslatedRun, tally: RunTally, _notices: Notices
) -> None:
    """Emit one run of a foreign stream: every event under the number that it has anyway.

    Raises:
        OSError: The journal took no more.
    """
    emitters: dict[RunIdentity, UnsequencedEmitter] = {}
    try:
        for event in run.events:
            if event.wire is None:
                continue
            identity = event.wire.identity
            if identity not in emitters:
                emitters[identity] = producer.open_unsequenced(identity, run.emitter)
            emitters[identity].append(event.wire.line)
            tally.see(event)
    finally:
        for emitter in emitters.values():
            emitter.close()


def _emit(emitter: Emitter, event: TranslatedEvent, run: TranslatedRun) -> None:
    event_id = emitter.emit(event.event_type, event.payload, step_id=event.step_id, ts=event.ts)
    if event_id is None:
        raise EventLost(run.source.source_id)


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
        seed=run.seed,
        trace_id=run.trace_id,
    )

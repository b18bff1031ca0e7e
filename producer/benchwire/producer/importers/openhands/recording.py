"""Instances and trajectories of OpenHands as recordings: each is one run."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.errors import Unreadable
from benchwire.producer.importers.file_part import FilePart
from benchwire.producer.importers.importer import Translating
from benchwire.producer.importers.labels import LabelOverrides, Labels
from benchwire.producer.importers.openhands import ending, run
from benchwire.producer.importers.openhands.scan import InstanceScan, scan_instance
from benchwire.producer.importers.openhands.steps import HistoryTranslator
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.swe_agent.evaluation import Grade
from benchwire.producer.importers.timestamps import wire
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.hashing import canonical_json
from benchwire.schemas.run import Source

SYSTEM: Final = "openhands"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRecording:
    """One instance, found but not read."""

    part: FilePart
    labels: Labels
    """What its place tells."""
    overrides: LabelOverrides
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the evaluation was set up, as a file beside it says."""
    grade: Grade | None = None
    """What was found of it later."""

    @property
    def path(self) -> Path:
        """The file it stands in."""
        return self.part.path

    @property
    def work_bytes(self) -> int:
        """Both passes read it."""
        return 2 * self.part.size_bytes

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the instance once and return its run; the events are made in a second pass.

        Raises:
            Unreadable: It is no JSON object, has nothing in it, or a value too long to hold.
            StrictImport: A notice came up and the notices are strict.
        """
        scan = scan_instance(self.part, translating.notices, on_bytes=translating.on_bytes)
        if not scan.facts and scan.n_events == len(scan.unknown_types):
            raise Unreadable(self.path, "no trajectory of OpenHands: no event is known")
        metadata = run.metadata_of(scan, self.metadata)
        labels = self.overrides.over(run.labels_of(scan, metadata, self.labels))
        config = run.config_document(scan, metadata)
        environment = run.environment_document(metadata)
        unidentified = Source(
            system=SYSTEM,
            source_id=run.source_id(scan, metadata, labels),
            content_sha256=self._digest(scan),
            n_records=scan.n_events + 1 + (self.grade is not None),
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, labels, translating.lookup)
        return TranslatedRun(
            run_id=run_id,
            labels=labels,
            source=source,
            cfg_hash=redacted_hash(config),
            env_hash=redacted_hash(environment),
            trace_id=None,
            events=self._events(scan, metadata, labels, source, translating),
            unknown_types=scan.unknown_types,
        )

    def _digest(self, scan: InstanceScan) -> str:
        """Digest of everything the events are made of, also of what other files say."""
        grade = self.grade
        said = None
        if grade is not None:
            tests = None if grade.tests is None else grade.tests.model_dump(mode="json")
            said = [grade.outcome, grade.reason, tests]
        beside = fitting.document(dict(self.metadata))
        parts = [scan.content_sha256, said, beside]
        return hashlib.sha256(canonical_json(parts)).hexdigest()

    def _events(
        self,
        scan: InstanceScan,
        metadata: Mapping[str, Any],
        labels: Labels,
        source: Source,
        translating: Translating,
    ) -> Iterator[TranslatedEvent]:
        translator = HistoryTranslator(scan)
        start = run.run_start(scan, metadata, labels, source)
        yield TranslatedEvent("run_start", start, wire(translator.at_us))
        yield from translator.events(translating.on_bytes)
        ended_us = max([translator.at_us, *scan.instants_us])
        if scan.error is not None:
            yield TranslatedEvent("failure", ending.failure(scan.error), wire(ended_us))
        stop = run.run_stop(scan, translator, self.grade)
        yield TranslatedEvent("run_stop", stop, wire(ended_us))

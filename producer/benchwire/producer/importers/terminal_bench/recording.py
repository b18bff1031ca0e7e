"""Trials of terminal-bench as recordings: each is one run."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.declared import DeclaredFigures, ReportedRun
from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.importer import Translating
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.terminal_bench import failures, run
from benchwire.producer.importers.terminal_bench.job import (
    Job,
    config_document,
    environment_document,
)
from benchwire.producer.importers.terminal_bench.labels import source_id
from benchwire.producer.importers.terminal_bench.rows import RowHead, read_row
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.hashing import canonical_json
from benchwire.schemas.run import Source

SYSTEM: Final = "terminal-bench"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""


@dataclass(frozen=True, slots=True)
class TrialRecording:
    """One trial, named and numbered, but not read yet."""

    head: RowHead
    job: Job
    labels: Labels
    figures: DeclaredFigures | None = None
    """What the run declares of this trial among others."""

    @property
    def path(self) -> Path:
        """The file its row stands in."""
        return self.head.part.path

    @property
    def work_bytes(self) -> int:
        """The length of its row."""
        return self.head.part.size_bytes

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the trial's row and return its run.

        Raises:
            Unreadable: The file has changed since the trial was found.
            StrictImport: A declared figure differs, and the notices are strict.
        """
        row = read_row(self.head.part)
        translating.on_bytes(self.work_bytes)
        if self.figures is not None:
            counted = ReportedRun(self.head.task_id, run.rewards_of(row) or {})
            self.figures.report(self.head.key, counted, translating.notices)
        config, environment = config_document(self.job), environment_document(self.job)
        unidentified = Source(
            system=SYSTEM,
            source_id=source_id(self.head, self.job),
            content_sha256=_digest_of(row, self.job, config, environment),
            n_records=1,
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, self.labels, translating.lookup)
        return TranslatedRun(
            run_id=run_id,
            labels=self.labels,
            source=source,
            cfg_hash=redacted_hash(config),
            env_hash=redacted_hash(environment),
            trace_id=None,
            events=_events(row, self.job, self.labels, source),
        )


def _events(
    row: dict[str, Any], job: Job, labels: Labels, source: Source
) -> Iterator[TranslatedEvent]:
    """Yield a trial's events: what the agent did is only filmed, so there are no steps."""
    began, ended = (timestamps.wire(of(row, job)) for of in (run.began_us, run.ended_us))
    yield TranslatedEvent("run_start", run.run_start(row, job, labels, source), began)
    mode = failures.mode_of(row.get("failure_mode"))
    if mode is not None:
        yield TranslatedEvent("failure", failures.failure(mode), ended)
    verdict = run.verdict(row)
    if verdict is not None:
        yield TranslatedEvent("verdict", verdict, verdict.graded_at)
    yield TranslatedEvent("run_stop", run.run_stop(row), ended)


def _digest_of(
    row: dict[str, Any],
    job: Job,
    config: dict[str, Any] | None,
    environment: dict[str, Any] | None,
) -> str:
    """Digest of everything the events are made of.

    The run's list and the trial's own file say the same in different white space.
    """
    of_job = [config, environment, job.n_attempts, job.began_us]
    return hashlib.sha256(canonical_json([fitting.document(row), *of_job])).hexdigest()

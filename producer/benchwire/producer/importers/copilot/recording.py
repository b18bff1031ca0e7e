"""A session of the Copilot CLI as a recording: one run of its own."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.importers.copilot.files import (
    EVENTS_NAME,
    SessionFiles,
    find_sessions,
    is_stream,
    looks_like_session,
)
from benchwire.producer.importers.copilot.run import (
    config_document,
    derived_labels,
    environment_document,
    source_id,
)
from benchwire.producer.importers.copilot.scan import scan_session
from benchwire.producer.importers.copilot.translate import session_events
from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.errors import ImportRefused, refusal
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.run import Source

SYSTEM: Final = "copilot"
TRANSLATOR_VERSION: Final = 2
"""Raised with every change of what the same bytes are translated to."""


@dataclass(frozen=True, slots=True)
class SessionRecording:
    """One session, found but not read."""

    files: SessionFiles
    overrides: LabelOverrides

    @property
    def path(self) -> Path:
        """The events file."""
        return self.files.events

    @property
    def work_bytes(self) -> int:
        """Both passes read the events."""
        return 2 * self.files.events_bytes + self.files.otel_bytes

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the session once and return its run, whose events are made in a second pass.

        Raises:
            NotASession: The file holds something else.
            StrictImport: A notice came up and the notices are strict.
        """
        notices = translating.notices
        scan = scan_session(self.files, notices, on_bytes=translating.on_bytes)
        labels = self.overrides.over(derived_labels(scan))
        unidentified = Source(
            system=SYSTEM,
            source_id=source_id(scan),
            content_sha256=scan.content_sha256,
            n_records=scan.n_records,
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, labels, translating.lookup)
        config, environment = config_document(scan), environment_document(scan)
        unknown_types = Counter[str]()
        return TranslatedRun(
            run_id=run_id,
            labels=labels,
            source=source,
            cfg_hash=redacted_hash(config),
            env_hash=redacted_hash(environment),
            trace_id=scan.otel.trace_id,
            unknown_types=unknown_types,
            events=session_events(
                scan, labels, source, translating=translating, unknown_types=unknown_types
            ),
        )


class CopilotImporter:
    """Imports session directories, and files of events under any name."""

    def claims(self, path: Path) -> bool:
        """Claim an events file that begins as Copilot's do, also one of another name."""
        if path.name == EVENTS_NAME:
            return path.is_file() and looks_like_session(path)
        return is_stream(path)

    def find(self, paths: Sequence[Path], search: Search) -> Iterator[SessionRecording]:
        """Yield the sessions at and below ``paths``, each once."""
        seen: set[Path] = set()
        for path in paths:
            try:
                for files in find_sessions(path, otel=search.otel):
                    if files.events not in seen:
                        seen.add(files.events)
                        yield SessionRecording(files, search.overrides)
            except (ImportRefused, OSError) as error:
                search.refuse(refusal(path, error))

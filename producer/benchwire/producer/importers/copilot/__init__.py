"""Translates sessions of the Copilot CLI into runs."""

from collections import Counter

from benchwire.producer.importers.copilot.files import SessionFiles, find_sessions
from benchwire.producer.importers.copilot.run import (
    config_document,
    derived_labels,
    environment_document,
    source_id,
)
from benchwire.producer.importers.copilot.scan import scan_session
from benchwire.producer.importers.copilot.translate import session_events
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.source import StoredImportLookup, revision_of, run_id_of
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.run import Source

__all__ = ["SYSTEM", "TRANSLATOR_VERSION", "SessionFiles", "find_sessions", "translate"]

SYSTEM = "copilot"
TRANSLATOR_VERSION = 1
"""Raised with every change of what the same bytes are translated to."""


def translate(
    files: SessionFiles,
    overrides: LabelOverrides,
    *,
    notices: Notices,
    lookup: StoredImportLookup | None = None,
) -> TranslatedRun:
    """Read a session once and return its run, whose events are made while they are read.

    The same bytes, labels and stored import always give the same run: no clock, no host.

    Raises:
        NotASession: The file holds something else.
        StrictImport: A notice came up and the notices are strict.
    """
    scan = scan_session(files, notices)
    labels = overrides.over(derived_labels(scan))
    session = source_id(scan)
    stored = None if lookup is None else lookup(SYSTEM, session)
    source = Source(
        system=SYSTEM,
        source_id=session,
        content_sha256=scan.content_sha256,
        n_records=scan.n_records,
        translator_version=TRANSLATOR_VERSION,
        revision=revision_of(labels, stored) or None,
    )
    redactor = Redactor()
    config, environment = config_document(scan), environment_document(scan)
    unknown_types = Counter[str]()
    return TranslatedRun(
        run_id=run_id_of(source),
        labels=labels,
        source=source,
        cfg_hash=None if config is None else document_hash(redactor.document(config)),
        env_hash=None if environment is None else document_hash(redactor.document(environment)),
        trace_id=scan.otel.trace_id,
        unknown_types=unknown_types,
        events=session_events(scan, labels, source, notices=notices, unknown_types=unknown_types),
    )

"""First pass over a finished session: what must be known before its first event can be made.

The digest of the bytes names the run, the header tells its labels, and model calls of the OTel
file are joined to turns here, so that the second pass can emit each step where it happened.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchwire.producer.importers import fitting
from benchwire.producer.importers.copilot.files import SessionFiles, open_session
from benchwire.producer.importers.copilot.joiner import Joiner
from benchwire.producer.importers.copilot.known_types import EPHEMERAL
from benchwire.producer.importers.copilot.otel import OtelReader
from benchwire.producer.importers.copilot.session_scan import SessionScan
from benchwire.producer.importers.errors import NotASession
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.records import BrokenRecord, Record, read_records


def scan_session(
    files: SessionFiles, notices: Notices, *, on_bytes: Callable[[int], object] | None = None
) -> SessionScan:
    """Read both files of a session once; ``on_bytes`` learns how many bytes were just read.

    Raises:
        NotASession: The file holds nothing that Copilot writes.
    """
    scan = SessionScan(files)
    otel_records = _read_otel(scan, notices)
    digest = hashlib.sha256()
    joiner = Joiner(scan)

    def take_up(text: bytes) -> None:
        digest.update(text)
        if on_bytes is not None:
            on_bytes(len(text))

    with open_session(files.events) as stream:
        for record in read_records(stream, size_bytes=files.events_bytes, on_bytes=take_up):
            if isinstance(record, BrokenRecord):
                notices.add("broken_record", f"{files.events}:{record.line_no}", record.reason)
            else:
                scan.n_records += _is_kept(record.value)
                joiner.take(record.value)
    if scan.n_known == 0:
        raise NotASession(files.events)
    joiner.finish()
    if files.otel is not None:
        for chunk in _chunks(files.otel, files.otel_bytes):
            digest.update(chunk)
    scan.content_sha256 = digest.hexdigest()
    scan.n_records += otel_records
    return scan


def _is_kept(record: dict[str, Any]) -> bool:
    """Tell whether a session's own log has the record too: of two, the one with more counts."""
    is_ephemeral = fitting.name(record.get("type")) in EPHEMERAL
    return record.get("ephemeral") is not True and not is_ephemeral


def _read_otel(scan: SessionScan, notices: Notices) -> int:
    files = scan.files
    if files.otel is None:
        return 0
    n_records = 0
    reader = OtelReader(_find_session_id(files))
    with open_session(files.otel) as stream:
        for record in read_records(stream, size_bytes=files.otel_bytes):
            if isinstance(record, BrokenRecord):
                notices.add("broken_record", f"{files.otel}:{record.line_no}", record.reason)
            else:
                n_records += 1
                reader.add(record.value)
    scan.otel = reader.facts()
    if scan.otel.n_foreign:
        text = f"{scan.otel.n_foreign} spans belong to other sessions and were left out"
        notices.add("foreign_spans", str(files.otel), text)
    return n_records


def _find_session_id(files: SessionFiles) -> str | None:
    """The session id, which stands in the first record of nearly every log."""
    with open_session(files.events) as stream:
        for record in read_records(stream, size_bytes=files.events_bytes):
            if isinstance(record, Record) and record.value.get("type") == "session.start":
                return fitting.name(fitting.mapping(record.value.get("data")).get("sessionId"))
    return None


def _chunks(path: Path, size_bytes: int) -> Iterator[bytes]:
    """Yield the first ``size_bytes`` of a file."""
    with open_session(path) as stream:
        while size_bytes > 0 and (chunk := stream.read(min(size_bytes, 1 << 20))):
            size_bytes -= len(chunk)
            yield chunk

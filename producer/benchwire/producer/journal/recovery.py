"""Ends the epoch of a dead writer from what its journal holds, and repairs what was broken.

A segment whose lock can be obtained has no writer. Whole, intact lines stay; everything else
is set aside beside the segment. If it is the last of its epoch and not sealed, sequence numbers
that carry nothing are declared lost, and an ``emitter_stop`` with ``sealed_by: recovery``
follows. Epoch 0 is not sealed: importers use it, and a repeated import writes the same events
again, so the interrupted one is simply continued by the next.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchwire.producer import metrics
from benchwire.producer.journal.contents import U64, Contents, Facts, read_contents, read_line
from benchwire.producer.journal.epoch_journal import IMPORT_EPOCH
from benchwire.producer.journal.layout import (
    FILE_MODE,
    TORN_SUFFIX,
    SegmentName,
    file_names,
    segments_in_order,
    sidecar,
)
from benchwire.producer.log import log_error, log_warning
from benchwire.producer.run_identity import RunIdentity
from benchwire.schemas.event import EventType
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.timestamps import wire_timestamp


@dataclass(frozen=True, slots=True)
class Recovered:
    """A segment of a dead writer, ready to be delivered."""

    identity: RunIdentity
    size: int
    n_events: int
    sealed: bool
    """True if this recovery wrote the ``emitter_stop``."""


def recover_segment(path: Path, name: SegmentName, fd: int) -> Recovered | None:
    """Repair and, if need be, seal a segment whose lock is held through ``fd``.

    Returns None if no event can be read from it: such a segment is set aside as a whole.
    Raises OSError, for instance on a full disk; the segment is then as it was, or repaired in
    part, and a later attempt goes on.
    """
    raw = os.pread(fd, os.fstat(fd).st_size, 0)
    contents = read_contents(raw, base_seq=name.base_seq, base_checksum=name.base_checksum)
    if contents.first is None:
        _set_aside_whole(path, raw)
        return None
    if contents.torn or contents.unreadable:
        _repair(path, fd, contents)
    size = sum(map(len, contents.kept))
    n_events = len(contents.kept)
    seal = not contents.sealed and name.epoch != IMPORT_EPOCH and _is_last(path, name)
    if seal:
        last_words = _last_words(contents, contents.first)
        _append(fd, size, b"".join(last_words))
        size += sum(map(len, last_words))
        n_events += len(last_words)
    return Recovered(_identity_of(contents.first), size, n_events, seal)


def first_identity(fd: int) -> RunIdentity | None:
    """Whose events a segment holds; None if its first line is no event."""
    raw = os.pread(fd, os.fstat(fd).st_size, 0)
    facts = read_line(raw[: raw.find(b"\n") + 1])
    return None if facts is None else _identity_of(facts)


def _is_last(path: Path, name: SegmentName) -> bool:
    """Whether no later segment of the same epoch exists.

    A writer makes the next segment visible before it lets go of this one, so the directory
    must be read after this one's lock has been obtained.
    """
    there = segments_in_order(path.parent, file_names(path.parent))
    return not any(
        other.chain == name.chain and other.base_seq > name.base_seq for _, other in there
    )


def _last_words(contents: Contents, first: Facts) -> list[bytes]:
    """The lines that end the epoch: declared losses, then the ``emitter_stop``."""
    template = _identity_of(first).template(first.emitter, first.epoch)
    seq, checksum = contents.next_seq, contents.checksum
    words: list[bytes] = []
    if contents.missing:
        ranges = [{"first_seq": a, "last_seq": b} for a, b in contents.missing]
        loss: dict[str, Any] = {"ranges": ranges, "reason": "journal_error"}
        n_lost = sum(b - a + 1 for a, b in contents.missing)
        metrics.count_lost("journal_error", n_lost)
        log_error("event_lost", reason="journal_error", run_id=first.run_id, events_lost=n_lost)
        line, hashed = _line(template, "telemetry_loss", loss, seq)
        words.append(line)
        seq, checksum = seq + 1, (checksum + hashed) % U64
    stop = {"n_events": seq, "checksum": checksum, "sealed_by": "recovery"}
    words.append(_line(template, "emitter_stop", stop, seq)[0])
    return words


def _line(
    template: LineTemplate, event_type: EventType, payload: dict[str, Any], seq: int
) -> tuple[bytes, int]:
    data = encode_payload(event_type, payload)
    line, _, hashed = template.line(event_type, wire_timestamp(), seq, None, data)
    return line + b"\n", hashed


def _identity_of(facts: Facts) -> RunIdentity:
    return RunIdentity(
        experiment_id=facts.experiment_id,
        job_id=facts.job_id,
        policy_id=facts.policy_id,
        task_id=facts.task_id,
        run_id=facts.run_id,
        cfg_hash=facts.cfg_hash,
        env_hash=facts.env_hash,
        seed=facts.seed,
        trace_id=facts.trace_id,
        span_id=facts.span_id,
    )


def _repair(path: Path, fd: int, contents: Contents) -> None:
    """Set aside what is no event, and close the holes it leaves.

    The readable rest is written before the file is cut, so that a kill in between leaves
    lines twice (which is harmless: same identity, same bytes), never not at all.
    """
    aside = b"".join(line for _, line in contents.unreadable) + contents.torn
    _write_aside(path, aside)
    if contents.unreadable:
        first_hole = contents.unreadable[0][0]
        kept = b"".join(contents.kept)
        _write_at(fd, kept[first_hole:], first_hole)
        log_error("journal_lines_unreadable", segment=str(path), lines=len(contents.unreadable))
    else:
        log_warning("journal_tail_torn", segment=str(path), tail_bytes=len(contents.torn))
    os.ftruncate(fd, sum(map(len, contents.kept)))


def _set_aside_whole(path: Path, raw: bytes) -> None:
    _write_aside(path, raw)
    path.unlink(missing_ok=True)
    if raw:
        log_error("journal_segment_unreadable", segment=str(path), segment_bytes=len(raw))


def _write_aside(path: Path, aside: bytes) -> None:
    if not aside:
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    torn = os.open(sidecar(path, TORN_SUFFIX), flags, FILE_MODE)
    try:
        os.write(torn, aside)
    finally:
        os.close(torn)


def _append(fd: int, size: int, lines: bytes) -> None:
    try:
        _write_at(fd, lines, size)
    except OSError:
        os.ftruncate(fd, size)
        raise


def _write_at(fd: int, raw: bytes, offset: int) -> None:
    written = 0
    while written < len(raw):
        written += os.pwrite(fd, raw[written:], offset + written)

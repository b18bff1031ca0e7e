"""Examines a journal: is there room, what is left to deliver, and can all of it be read?"""

import errno
import fcntl
import os
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchwire.producer.journal.contents import read_contents
from benchwire.producer.journal.layout import (
    ACK_SUFFIX,
    TORN_SUFFIX,
    SegmentName,
    file_names,
    run_directories,
    segments_in_order,
    sidecar,
)
from benchwire.producer.journal.segment import RESERVE_STEP_BYTES
from benchwire.producer.journal.space import reserve
from benchwire.schemas.finding import Finding, fail, ok, skip, warn

ROOM, BACKLOG, READABLE = "journal room", "journal backlog", "journal readable"
READ_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of a larger backlog only so much is read; the rest is counted."""
NAMED_MAX: Final = 3


@dataclass(slots=True)
class _Backlog:
    """What undelivered segments there are."""

    living: int = 0
    left: int = 0
    left_bytes: int = 0
    events: int = 0
    unread_bytes: int = 0
    broken_lines: int = 0
    broken: list[Path] = field(default_factory=list[Path])
    closed_to_us: list[Path] = field(default_factory=list[Path])


def journal_room(journal: Path) -> Finding:
    """Reserve as much as a new segment does, in a file that has no name."""
    if not journal.is_dir():
        return skip(ROOM, f"{journal} does not exist yet; the first event makes it")
    try:
        with tempfile.TemporaryFile(dir=journal) as file:
            possible = reserve(file.fileno(), 0, RESERVE_STEP_BYTES)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        return fail(
            ROOM,
            f"{journal} takes no new segment: {error.strerror}",
            "free some space: until then events are lost"
            if full
            else "make the directory writable for this user: until then events are lost",
            "" if full else f"chmod u+rwx {shlex.quote(str(journal))}",
        )
    if possible:
        return ok(ROOM, f"a segment's first {RESERVE_STEP_BYTES // 1024} KiB can be reserved")
    return ok(ROOM, "writable; this file system cannot reserve space ahead")


def journal_segments(journal: Path) -> Iterator[Finding]:
    """Count what dead and living writers have not delivered, and read what the dead ones left."""
    try:
        backlog = _look_through(journal)
    except PermissionError as error:
        yield _closed_to_us([Path(str(error.filename))])
        return
    yield _undelivered(backlog)
    if backlog.closed_to_us:
        yield _closed_to_us(backlog.closed_to_us)
    if backlog.broken:
        yield fail(
            READABLE,
            f"{len(backlog.broken)} segments hold {backlog.broken_lines} lines that are no "
            f"events: {_named(backlog.broken)}",
            "draining sets them aside (.torn), declares their numbers lost, delivers the rest",
            "benchwire drain",
        )
    aside = [path for run in run_directories(journal) for path in run.glob(f"*{TORN_SUFFIX}")]
    if aside:
        yield warn(
            READABLE,
            f"{len(aside)} files hold bytes that were set aside because no event could be read "
            f"from them: {_named(aside)}",
            "look at them, then delete them; whole events among them were declared lost",
        )
    if not (backlog.closed_to_us or backlog.broken or aside):
        yield ok(READABLE, "nothing is broken or set aside")


def _look_through(journal: Path) -> _Backlog:
    backlog = _Backlog()
    for run_directory in run_directories(journal):
        for path, name in segments_in_order(run_directory, file_names(run_directory)):
            if not sidecar(path, ACK_SUFFIX).exists():
                _look_at(path, name, backlog)
    return backlog


def _look_at(path: Path, name: SegmentName, backlog: _Backlog) -> None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError:
        backlog.closed_to_us.append(path)
        return
    try:
        # Shared, and only for the moment of reading: a writer or a drain holds it exclusively.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        _read(fd, path, name, backlog)
    except BlockingIOError:
        backlog.living += 1
    finally:
        os.close(fd)


def _read(fd: int, path: Path, name: SegmentName, backlog: _Backlog) -> None:
    size = os.fstat(fd).st_size
    backlog.left += 1
    backlog.left_bytes += size
    if backlog.left_bytes > READ_BYTES_MAX:
        backlog.unread_bytes += size
        return
    contents = read_contents(
        os.pread(fd, size, 0), base_seq=name.base_seq, base_checksum=name.base_checksum
    )
    backlog.events += len(contents.kept)
    # A torn last line is what any kill leaves; a segment without any event is not.
    broken = len(contents.unreadable) + (contents.first is None and bool(contents.torn))
    if broken:
        backlog.broken_lines += broken
        backlog.broken.append(path)


def _undelivered(backlog: _Backlog) -> Finding:
    living = f"{backlog.living} segments belong to living writers, which deliver them"
    if not backlog.left:
        return ok(BACKLOG, living if backlog.living else "everything is delivered")
    unread = f", and {backlog.unread_bytes:,} bytes not read" if backlog.unread_bytes else ""
    found = (
        f"{backlog.left} segments of writers that ended are not delivered: {backlog.events:,} "
        f"events, {backlog.left_bytes:,} bytes{unread}"
    )
    return warn(
        BACKLOG,
        f"{found}; {living}" if backlog.living else found,
        "deliver them and end the record of writers that died",
        "benchwire drain",
    )


def _closed_to_us(paths: list[Path]) -> Finding:
    return fail(
        READABLE,
        f"no permission to read {_named(paths)}" + (f" ({len(paths)})" if len(paths) > 1 else ""),
        "run as the user who recorded, or give the files to this one",
        f"sudo chown -R $(id -u) {shlex.quote(str(paths[0].parent))}",
    )


def _named(paths: list[Path]) -> str:
    shown = ", ".join(f"{path.parent.name}/{path.name}" for path in sorted(paths)[:NAMED_MAX])
    more = len(paths) - NAMED_MAX
    return f"{shown} and {more} more" if more > 0 else shown

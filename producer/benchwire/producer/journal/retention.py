"""Deletes what the journal need not keep: acknowledged segments after a while, and litter."""

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.journal.acknowledged import Acknowledgement
from benchwire.producer.journal.epoch import remove_run_directory
from benchwire.producer.journal.layout import (
    ACK_SUFFIX,
    NEW_SUFFIX,
    SEGMENT_SUFFIX,
    SIDECAR_SUFFIXES,
    TORN_SUFFIX,
    file_names,
    run_directories,
    sidecar,
)

TORN_KEEP_SECONDS: Final = 7 * 24 * 3600.0
"""What was set aside may be wanted by somebody who looks into a broken disk."""


@dataclass(frozen=True, slots=True)
class _Kept:
    acked_at: float
    size: int
    segment: Path


def retire_segments(journal: Path, *, keep_seconds: float, keep_bytes: int) -> int:
    """Delete acknowledged segments that are too old, or the oldest ones that are too many.

    Returns how many were deleted. Never touches a segment without an acknowledgement.
    """
    kept: list[_Kept] = []
    for run_directory in run_directories(journal):
        names = file_names(run_directory)
        kept.extend(_acknowledged(run_directory, names))
        _sweep(run_directory, names)
    kept.sort(key=lambda each: each.acked_at, reverse=True)
    oldest = time.time() - keep_seconds
    deleted = total_bytes = 0
    for each in kept:
        total_bytes += each.size
        if each.acked_at <= oldest or total_bytes > keep_bytes:
            deleted += _delete(each.segment)
    return deleted


def _acknowledged(run_directory: Path, names: list[str]) -> list[_Kept]:
    found: list[_Kept] = []
    for name in names:
        if not name.endswith(ACK_SUFFIX) or name.startswith("."):
            continue
        segment = run_directory / (name.removesuffix(ACK_SUFFIX) + SEGMENT_SUFFIX)
        acknowledgement = Acknowledgement.read(segment)
        if acknowledgement is not None:
            found.append(_Kept(acknowledgement.acked_at, acknowledgement.acked_bytes, segment))
    return found


def _delete(segment: Path) -> bool:
    """The segment first, its acknowledgement last: half of it must not look undelivered."""
    try:
        segment.unlink(missing_ok=True)
        for suffix in SIDECAR_SUFFIXES:
            sidecar(segment, suffix).unlink(missing_ok=True)
    except OSError:
        return False
    remove_run_directory(segment.parent)
    return True


def _sweep(run_directory: Path, names: list[str]) -> None:
    """Remove segments that never got a first line, and old torn tails."""
    for name in names:
        path = run_directory / name
        with contextlib.suppress(OSError):
            if (name.endswith(NEW_SUFFIX) and _is_abandoned(path)) or (
                name.endswith(TORN_SUFFIX)
                and path.stat().st_mtime < time.time() - TORN_KEEP_SECONDS
            ):
                path.unlink()
    if not names:
        remove_run_directory(run_directory)


_NEW_ABANDONED_SECONDS: Final = 60.0


def _is_abandoned(hidden: Path) -> bool:
    """Whether the writer of a hidden segment is dead: its lock is free, and it is not brand-new."""
    if hidden.stat().st_mtime > time.time() - _NEW_ABANDONED_SECONDS:
        return False
    fd = os.open(hidden, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True

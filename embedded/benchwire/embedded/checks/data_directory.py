"""Examines the data directory: can it be written, by us alone, durably, and is there room?"""

import os
import pwd
import shlex
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from benchwire.consumer.settings import GIB, MIB
from benchwire.embedded.checks.file_system import LOST_AT_RESTART, OVER_A_NETWORK, file_system_of
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.status import tree_bytes
from benchwire.schemas.finding import Finding, fail, ok, skip, warn

DIRECTORY, ACCESS = "directory", "access"
FILE_SYSTEM, SYNC, SPACE = "file system", "fsync", "free space"
FREE_BYTES_MIN: Final = 256 * MIB
"""With less, inserts and journals are about to fail."""
SYNC_BYTES: Final = 4096
SYNC_TRIES: Final = 3
SLOW_SYNC_SECONDS: Final = 0.1
OTHERS: Final = 0o077


def directory(data: DataDirectory) -> Finding:
    """Tell whether the directory is there and can be written, or could be made."""
    root = data.root
    if root.is_dir():
        if _may(root, os.R_OK | os.W_OK | os.X_OK):
            return ok(DIRECTORY, f"{root}, writable")
        return fail(
            DIRECTORY,
            f"{root} belongs to {_owner(root)} and cannot be written by {_user(os.geteuid())}",
            "make it writable for this user, or choose another directory (--data-dir)",
            f"sudo chown -R $(id -u) {shlex.quote(str(root))}",
        )
    above = _nearest_existing(root)
    if not above.is_dir():
        return fail(
            DIRECTORY, f"{above} is not a directory", "choose another directory (--data-dir)"
        )
    if not _may(above, os.W_OK | os.X_OK):
        return fail(
            DIRECTORY,
            f"{root} does not exist and cannot be made: {above} cannot be written",
            "choose another directory (--data-dir)",
        )
    return ok(DIRECTORY, f"{root} does not exist yet; the first command that records makes it")


def access(data: DataDirectory) -> Finding:
    """Tell whether other accounts can read what agents were told."""
    root = data.root
    if not root.is_dir():
        return skip(ACCESS, "no directory yet")
    status = root.stat()
    if status.st_uid != os.geteuid():
        return warn(
            ACCESS,
            f"belongs to {_owner(root)}, and you are {_user(os.geteuid())}: files made by you may "
            "be closed to its owner",
            "run benchwire as its owner",
            f"sudo -u {_owner(root)} benchwire status",
        )
    if not status.st_mode & OTHERS:
        return ok(ACCESS, "only its owner may look inside")
    parts = (data.journal, data.nats, data.store, data.log)
    open_parts = [part.name for part in parts if part.is_dir() and part.stat().st_mode & OTHERS]
    if open_parts:
        return warn(
            ACCESS,
            f"other accounts may read {', '.join(open_parts)} ({status.st_mode & 0o777:o}): they "
            "hold prompts and results",
            "close it to others",
            f"chmod 700 {shlex.quote(str(root))}",
        )
    return ok(ACCESS, "others may list it, and not look into its parts")


def file_system(data: DataDirectory) -> Finding:
    """Tell what kind of file system it is on: locks and syncs need a local one that lasts."""
    kind = file_system_of(_nearest_existing(data.root))
    if kind is None:
        return skip(FILE_SYSTEM, "this platform does not say which")
    if kind in OVER_A_NETWORK:
        return warn(
            FILE_SYSTEM,
            f"{kind}, over a network: locks between machines and syncs are not reliable there",
            "choose a directory on a local disk (--data-dir)",
        )
    if kind in LOST_AT_RESTART:
        return warn(
            FILE_SYSTEM,
            f"{kind}, in memory: everything is gone after a restart of the machine",
            "choose a directory on a disk (--data-dir) if the data matters",
        )
    return ok(FILE_SYSTEM, f"{kind}, local")


def fsync(data: DataDirectory) -> Finding:
    """Write a file without a name, sync it, read it back."""
    if not data.root.is_dir():
        return skip(SYNC, "no directory yet")
    block = os.urandom(SYNC_BYTES)
    try:
        with tempfile.TemporaryFile(dir=data.root) as file:
            began = time.monotonic()
            for number in range(SYNC_TRIES):
                os.pwrite(file.fileno(), block, number * SYNC_BYTES)
                os.fsync(file.fileno())
            seconds = (time.monotonic() - began) / SYNC_TRIES
            same = os.pread(file.fileno(), SYNC_BYTES, 0) == block
    except OSError as error:
        return fail(
            SYNC,
            f"a file in {data.root} cannot be written and synced: {error.strerror}",
            "free some space, check the disk, or choose another directory (--data-dir)",
        )
    if not same:
        return fail(SYNC, "what was written is not what is read back", "check the disk")
    if seconds > SLOW_SYNC_SECONDS:
        return warn(
            SYNC,
            f"{seconds * 1000:.0f} ms each: the stream syncs before it acknowledges",
            "choose a faster disk (--data-dir) if runs wait for their end",
        )
    return ok(SYNC, f"works, {seconds * 1000:.1f} ms each")


def free_space(data: DataDirectory, stream_bytes_max: int) -> Finding:
    """Compare free space with what the stream may still grow by."""
    free = shutil.disk_usage(_nearest_existing(data.root)).free
    grows = max(0, stream_bytes_max - tree_bytes(data.nats))
    found = f"{free / GIB:.1f} GiB free; the stream may grow by {grows / GIB:.1f} GiB"
    if free < FREE_BYTES_MIN:
        return fail(
            SPACE,
            f"{free / MIB:.0f} MiB free: journal, stream and store are about to stop",
            "free some space, or choose a directory on another disk (--data-dir)",
        )
    if free < grows + FREE_BYTES_MIN:
        lower = max(64 * MIB, free // 2 // MIB * MIB)
        return warn(
            SPACE,
            found,
            "free some space, or bound the stream (and its stored rest) to what there is",
            f"export BENCHWIRE_STREAM_MAX_BYTES={lower} BENCHWIRE_STREAM_KEEP_BYTES={lower // 2}",
        )
    return ok(SPACE, found)


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _nearest_existing(path: Path) -> Path:
    for candidate in (path, *path.parents):
        if candidate.exists():
            return candidate
    return Path("/")


def _owner(path: Path) -> str:
    return _user(path.stat().st_uid)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"

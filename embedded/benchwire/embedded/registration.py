"""Agree on one owner of the engines per data directory, and say how to reach it.

Whoever holds the lock on ``daemon.lock`` runs the engines for as long as it lives; the kernel
releases the lock when it dies. ``daemon.json`` appears when the engines answer and tells others
where; it may be stale after a kill, so readers check the process and ask the endpoint.
"""

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from benchwire.embedded.process_identity import is_alive

Role = Literal["daemon", "command"]


@dataclass(frozen=True, slots=True)
class Registration:
    """How to reach the engines; written for the owner of the data directory only."""

    pid: int
    role: Role
    """`daemon`: stays until it is stopped; `command`: ends with the command it runs for."""
    command: str
    instance_id: str
    nats_url: str
    sql_url: str
    token: str
    started_at: str
    version: str

    def __repr__(self) -> str:
        """Leave the token out of logs."""
        return f"Registration(pid={self.pid}, role={self.role!r}, sql_url={self.sql_url!r})"


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds the lock, for messages to people."""

    pid: int
    role: Role
    command: str


class DaemonLock:
    """The lock of one data directory; held until `release` or the process's end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, holder: LockHolder) -> bool:
        """Take the lock if nobody has it, and leave a note on who does."""
        # Not inherited by children (O_CLOEXEC is Python's default): nats-server must not keep it.
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.ftruncate(descriptor, 0)
            os.close(descriptor)


def lock_holder(path: Path) -> LockHolder | None:
    """Return the note the holder left, if its process lives."""
    try:
        holder = LockHolder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return holder if is_alive(holder.pid) else None


def write_registration(path: Path, registration: Registration) -> None:
    """Publish the registration in one step, readable by the owner only."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(registration), file, indent=2)
        file.write("\n")
    os.replace(temporary, path)  # noqa: PTH105  # atomic on the same directory


def read_registration(path: Path) -> Registration | None:
    """Return the registration if its process lives; the endpoint must still be asked."""
    try:
        found = Registration(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return found if is_alive(found.pid) else None


def remove_registration(path: Path, instance_id: str) -> None:
    """Remove our own registration; never that of a successor."""
    found = read_registration(path)
    if found is not None and found.instance_id == instance_id:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

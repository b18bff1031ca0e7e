"""Tells who listens on a port of this machine, as far as this user may know."""

import contextlib
import os
from pathlib import Path
from typing import Final

from benchwire.embedded.process_identity import command_line

_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENING: Final = "0A"
_LOCAL, _STATE, _INODE = 1, 3, 9
_COMMAND_CHARACTERS_MAX: Final = 80


def listener(port: int) -> str | None:
    """Describe the process that listens on a port, None when it cannot be found out."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        if _opened(process) & sockets:
            pid = int(process.name)
            shown = (command_line(pid) or "")[:_COMMAND_CHARACTERS_MAX].strip()
            return f"`{shown}` (pid {pid})" if shown else f"pid {pid}"
    return None


def _opened(process: Path) -> set[str]:
    """Name what a process has open; nothing for one that is not ours to look into."""
    opened: set[str] = set()
    try:
        for entry in (process / "fd").iterdir():
            # Descriptors come and go, that of this very look among them.
            with contextlib.suppress(FileNotFoundError):
                opened.add(os.readlink(entry))  # noqa: PTH115 - a name, not a path
    except OSError:
        return set()
    return opened


def _listening_inodes(port: int) -> set[str]:
    inodes: set[str] = set()
    for table in _TABLES:
        try:
            rows = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            local_port = int(fields[_LOCAL].rpartition(":")[2], 16)
            if fields[_STATE] == _LISTENING and local_port == port:
                inodes.add(fields[_INODE])
    return inodes

"""Tells what kind of file system a path is on."""

import re
from pathlib import Path
from typing import Final

OVER_A_NETWORK: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)
LOST_AT_RESTART: Final = frozenset({"ramfs", "tmpfs"})

_MOUNTS: Final = Path("/proc/self/mountinfo")
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")


def file_system_of(path: Path) -> str | None:
    """Return the kernel's name of the file system, None where it cannot be asked."""
    try:
        text = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return mounted_at(path.resolve(), text)


def mounted_at(path: Path, mounts: str) -> str | None:
    """Find the mount that holds a resolved path: the longest one, of equal ones the last."""
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) <= _MOUNT_POINT:
            continue
        point = Path(_ESCAPE.sub(lambda code: chr(int(code[1], 8)), fields[_MOUNT_POINT]))
        if path.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = (len(point.parts), after.split(" ")[0])
    return None if best is None else best[1]


_MOUNT_POINT: Final = 4
"""Field of mountinfo, see proc(5)."""

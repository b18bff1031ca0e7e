"""Tell whether a process id still belongs to the process we mean."""

import os
import subprocess
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Tell whether a process with this id exists and has not ended (a zombie has)."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] != "Z"


def command_line(pid: int) -> str | None:
    """Return the command line of a process, or None when it cannot be read."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            raw = (proc / str(pid) / "cmdline").read_bytes()
        except OSError:
            return None
        return raw.replace(b"\0", b" ").decode("utf-8", "replace").strip() or None
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607  # the system's own tool
        capture_output=True,
        check=False,
        text=True,
    )
    return shown.stdout.strip() or None

"""A store with all tables and views, made once in a test run and copied where a test needs one.

Applying them takes seconds, and more with every view; what happens then is tested by itself.
"""

import atexit
import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STORE = "store"
_kept_in: Path | None = None


def prepare(data_dir: Path) -> Path:
    """Give a data directory the tables and views, unless it has a store; returns it."""
    if not (data_dir / STORE).exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copytree(_template(), data_dir / STORE, symlinks=True)
    return data_dir


def keep_in(directory: Path) -> None:
    """Make it there, for all processes of a test run; without this, each has its own."""
    global _kept_in  # noqa: PLW0603 - one test run, one place
    _kept_in = directory


@functools.cache
def _template() -> Path:
    if _kept_in is None:
        directory = Path(tempfile.mkdtemp(prefix="benchwire-prepared-"))
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        return _made(directory)
    with (_kept_in / "prepared.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        directory = _kept_in / "prepared"
        return directory / STORE if directory.exists() else _made(directory)


def _made(directory: Path) -> Path:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BENCHWIRE_")}
    making = directory.with_suffix(".making")
    subprocess.run(
        [sys.executable, "-m", "benchwire.cli.main", "sql", "SELECT 1"],
        env={**kept, "BENCHWIRE_DATA_DIR": str(making)},
        capture_output=True,
        check=True,
    )
    making.rename(directory)
    return directory / STORE

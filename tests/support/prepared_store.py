"""A store with all tables and views, made once in a process and copied where a test needs one.

Applying them takes seconds, and more with every view; what happens then is tested by itself.
"""

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STORE = "store"


def prepare(data_dir: Path) -> Path:
    """Give a data directory the tables and views, unless it has a store; returns it."""
    if not (data_dir / STORE).exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copytree(_template(), data_dir / STORE, symlinks=True)
    return data_dir


@functools.cache
def _template() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="benchwire-prepared-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BENCHWIRE_")}
    subprocess.run(
        [sys.executable, "-m", "benchwire.cli.main", "sql", "SELECT 1"],
        env={**kept, "BENCHWIRE_DATA_DIR": str(directory)},
        capture_output=True,
        check=True,
    )
    return directory / STORE

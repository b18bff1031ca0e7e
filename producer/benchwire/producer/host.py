"""What is recorded of the machine a run is started on, when the runner does not say it."""

import functools
import os
import sys
from typing import Any


def this_host() -> dict[str, Any]:
    """The ``host`` of ``run_start``: kept apart from the environment document and its hash."""
    system = os.uname()
    return {
        "name": system.nodename,
        "os": f"{system.sysname} {system.release}",
        "arch": system.machine,
        "pid": os.getpid(),
        "python_version": ".".join(map(str, sys.version_info[:3])),
        "cpu_count": os.cpu_count(),
    }


@functools.cache
def benchwire_version() -> str | None:
    """The installed version of this library."""
    from importlib import metadata  # noqa: PLC0415 - 16 ms, paid when a run starts

    try:
        return metadata.version("benchwire")
    except metadata.PackageNotFoundError:
        return None

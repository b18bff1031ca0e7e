"""Examines who runs the engines of a data directory, and what a dead owner left behind."""

import fcntl
import json
import os
import shlex
from pathlib import Path
from typing import Any

from benchwire.embedded.checks.listeners import listener
from benchwire.embedded.client import EndpointClient
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.nats_config import running_with
from benchwire.embedded.nats_process import read_info
from benchwire.embedded.ports import is_free
from benchwire.embedded.process_identity import is_alive
from benchwire.embedded.registration import Registration, lock_holder, read_registration
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.schemas.finding import Finding, fail, ok, warn

OWNER, ORPHAN, PORTS = "owner", "nats-server process", "ports"


def owner(data: DataDirectory) -> Finding:
    """Compare daemon.json, the process it names, and the lock."""
    held = is_locked(data.lock)
    found = read_registration(data.registration)
    if found is not None and EndpointClient(found).answers():
        who = "a daemon" if found.role == "daemon" else f"`{found.command}`, until it ends"
        return ok(OWNER, f"{who}, pid {found.pid}, since {found.started_at}")
    if held:
        return _silent_owner(data, found)
    if not data.registration.exists():
        return ok(OWNER, "no daemon runs; a command starts the engines for its own duration")
    return _left_behind(data)


def is_locked(path: Path) -> bool:
    """Tell whether somebody runs the engines now; the kernel frees the lock of the dead."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def orphan(data: DataDirectory) -> Finding:
    """Look for a nats-server that an earlier owner left running."""
    pid = running_with(data.nats)
    if pid is None:
        return ok(ORPHAN, "none is left over")
    if is_locked(data.lock):
        return ok(ORPHAN, f"pid {pid}, belongs to the owner")
    return warn(
        ORPHAN,
        f"pid {pid} still runs although its owner is gone",
        "the next start of the engines ends it; or end it now",
        f"kill {pid}",
    )


def ports(settings: EmbeddedSettings, running: Registration | None) -> list[Finding]:
    """Ask the owner's ports for an answer; without an owner, see that fixed ones are free."""
    if running is not None:
        return [_answering(running)]
    fixed = {"BENCHWIRE_NATS_PORT": settings.nats_port, "BENCHWIRE_SQL_PORT": settings.sql_port}
    if not any(fixed.values()):
        return [ok(PORTS, "none is fixed: free ones are chosen at the start")]
    return [_fixed(name, port) for name, port in fixed.items() if port]


def _silent_owner(data: DataDirectory, found: Registration | None) -> Finding:
    holder = lock_holder(data.lock)
    who = f"`{holder.command}` (pid {holder.pid})" if holder else "a process"
    if found is None:
        return warn(
            OWNER,
            f"{who} holds the engines and has not registered: it is starting or stopping",
            "look again in a moment",
            "benchwire doctor",
        )
    return fail(
        OWNER,
        f"{who} holds the engines and does not answer",
        f"see {data.log / 'daemon.log'}; end it, what was acknowledged is safe",
        f"kill -9 {found.pid}",
    )


def _left_behind(data: DataDirectory) -> Finding:
    name = data.registration.name
    remove = f"rm {shlex.quote(str(data.registration))}"
    try:
        content: Any = json.loads(data.registration.read_bytes())
        pid = int(content["pid"])
    except PermissionError:
        return fail(OWNER, f"{name} cannot be read by you", "run benchwire as its owner")
    except (OSError, ValueError, KeyError, TypeError):
        return warn(OWNER, f"{name} is not readable as a registration", "remove it", remove)
    if is_alive(pid):
        return fail(
            OWNER,
            f"{name} is left over, and its pid {pid} is another process now: producers connect "
            "to an address where nobody answers",
            "remove it",
            remove,
        )
    return warn(
        OWNER,
        f"{name} is left over from pid {pid}, which has died",
        "nothing is lost: the next command that starts the engines replaces it",
        "benchwire up --detach",
    )


def _answering(running: Registration) -> Finding:
    port = int(running.nats_url.rpartition(":")[2])
    if read_info(port) is None:
        return fail(
            PORTS,
            f"nats-server does not answer on port {port}",
            "the daemon starts it again by itself; if that goes on, restart the daemon",
            "benchwire down && benchwire up --detach",
        )
    return ok(PORTS, f"NATS answers at {running.nats_url}, SQL at {running.sql_url}")


def _fixed(name: str, port: int) -> Finding:
    if is_free(port):
        return ok(PORTS, f"{name}={port} is free")
    return fail(
        PORTS,
        f"{name}={port} is taken by {listener(port) or 'a process that cannot be seen from here'}",
        "end that process, or let a free port be chosen",
        f"unset {name}",
    )

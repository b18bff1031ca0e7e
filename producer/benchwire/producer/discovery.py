"""Finds the NATS server: told by an argument or variable, else the daemon of the data directory."""

import json
import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

REGISTRATION: Final = "daemon.json"


def nats_urls(nats_url: str | None, data_dir: Path) -> list[str]:
    """Addresses to try, in order; empty while nobody offers one.

    The daemon may come, go, and come back elsewhere, so this is asked before each connection.
    """
    told = nats_url if nats_url is not None else _daemon_url(data_dir)
    return [url.strip() for url in told.split(",") if url.strip()] if told else []


def without_password(url: str) -> str:
    """The address as it may be logged."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        place = f"{host}:{parts.port}" if parts.port else host
        return urlunsplit((parts.scheme, place, parts.path, "", ""))
    except ValueError:
        return "(not an address)"


def _daemon_url(data_dir: Path) -> str | None:
    try:
        registration = json.loads((data_dir / REGISTRATION).read_bytes())
        pid, url = int(registration["pid"]), registration["nats_url"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return url if isinstance(url, str) and _is_alive(pid) else None


def _is_alive(pid: int) -> bool:
    """Whether the process exists; a killed daemon leaves its registration behind."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

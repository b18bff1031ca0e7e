"""Choose loopback ports once and remember them, so that URLs survive a restart."""

import contextlib
import json
import os
import socket
from pathlib import Path
from typing import cast

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


class RememberedPorts:
    """A small JSON file: name of the server, port it listened on last."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def choose(self, name: str, *, asked: int = 0) -> int:
        """Return the port asked for, else the one remembered if still free, else a new one."""
        known = self._read()
        port = asked or known.get(name, 0)
        if port == 0 or (not asked and not is_free(port)):
            taken = set(known.values())
            port = free_port()
            while port in taken:
                port = free_port()
        if known.get(name) != port:
            self._write({**known, name: port})
        return port

    def _read(self) -> dict[str, int]:
        try:
            content: object = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        if not isinstance(content, dict):
            return {}
        items = cast("dict[object, object]", content).items()
        return {k: v for k, v in items if isinstance(k, str) and isinstance(v, int)}

    def _write(self, ports: dict[str, int]) -> None:
        temporary = self._path.with_suffix(".tmp")
        # A port that cannot be remembered costs a new URL next time, not the start.
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps(ports, indent=2) + "\n", encoding="utf-8")
            os.replace(temporary, self._path)  # noqa: PTH105  # atomic on the same directory

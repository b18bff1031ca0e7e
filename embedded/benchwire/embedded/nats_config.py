"""Write the configuration nats-server runs with, and end what an earlier daemon left behind."""

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from benchwire.embedded.ports import LOOPBACK
from benchwire.embedded.process_identity import command_line, is_alive

ORPHAN_GRACE_SECONDS = 10.0
LOG_BYTES_MAX = 16 * 1024 * 1024
CONFIG_FILE, PID_FILE = "nats-server.conf", "nats-server.pid"

log = structlog.get_logger("benchwire.embedded.nats")


@dataclass(frozen=True, slots=True)
class NatsConfig:
    """Everything nats-server is told; one instance per data directory."""

    directory: Path
    log_file: Path
    server_name: str
    port: int
    store_bytes_max: int
    payload_bytes_max: int

    @property
    def config_file(self) -> Path:
        """The file the server is started with; it also identifies its process."""
        return self.directory / CONFIG_FILE

    @property
    def pid_file(self) -> Path:
        """Written by the server itself."""
        return self.directory / PID_FILE

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{LOOPBACK}:{self.port}"

    def with_port(self, port: int) -> "NatsConfig":
        """Return the same configuration on another port."""
        return replace(self, port=port)

    def write(self) -> None:
        """Write the configuration file."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.config_file.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """Return the configuration; JSON strings are valid in it, so paths need no own quoting."""
        return f"""\
server_name: {json.dumps(self.server_name)}
listen: "{LOOPBACK}:{self.port}"
max_payload: {self.payload_bytes_max}
pid_file: {json.dumps(str(self.pid_file))}
log_file: {json.dumps(str(self.log_file))}
logfile_size_limit: {LOG_BYTES_MAX}
logfile_max_num: 2
jetstream {{
  store_dir: {json.dumps(str(self.directory))}
  max_file_store: {self.store_bytes_max}
  max_memory_store: 67108864
  # One server has no replica to recover from: acknowledge only what is on disk.
  sync_interval: always
}}
"""

    def end_orphan(self) -> None:
        """End the server of an earlier daemon, if its process still runs with this file."""
        pid = running_with(self.directory)
        if pid is not None:
            log.warning("nats_orphan_ended", pid=pid)
            _end(pid)


def running_with(directory: Path) -> int | None:
    """Return the pid of the server that runs with this directory's configuration, if one does."""
    try:
        pid = int((directory / PID_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    shown = command_line(pid) if is_alive(pid) else None
    return pid if shown is not None and str(directory / CONFIG_FILE) in shown else None


def _end(pid: int) -> None:
    deadline = time.monotonic() + ORPHAN_GRACE_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)

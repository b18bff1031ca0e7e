"""Run nats-server as a supervised child that dies with this process.

The supervisor is a thread of its own and starts every incarnation: the kernel's promise to kill
the child when its parent dies (`die_with_parent`) is bound to the thread that started it, so that
thread lives from the first start to the stop. A server that dies is started again on its port.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import structlog

from benchwire.embedded import die_with_parent
from benchwire.embedded.errors import EngineStartError
from benchwire.embedded.nats_config import NatsConfig
from benchwire.embedded.ports import LOOPBACK

BACKOFF_SECONDS = 0.1
BACKOFF_SECONDS_MAX = 5.0
STEADY_SECONDS = 10.0
"""A server that lived this long starts again without delay when it dies."""
POLL_SECONDS = 0.01
PORT_TAKEN = "address already in use"
"""How nats-server says it."""
STOP_SECONDS = 10.0
INFO_BYTES_MAX = 64 * 1024
LOG_TAIL_BYTES = 2000

log = structlog.get_logger("benchwire.embedded.nats")


class NatsServer:
    """One nats-server; `start` returns when it answers, `stop` when it has ended."""

    def __init__(self, config: NatsConfig, binary: Path) -> None:
        self.config = config
        self._binary = binary
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._spawning = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._supervisor: threading.Thread | None = None
        self._starts_total = 0
        self._ended_code: int | None = None

    @property
    def pid(self) -> int | None:
        """Process id while the server answers."""
        process = self._process
        return process.pid if process is not None and self._ready.is_set() else None

    @property
    def restarts_total(self) -> int:
        """How often the server had to be started again."""
        return max(0, self._starts_total - 1)

    @property
    def is_ready(self) -> bool:
        """Whether the server answers now, as far as the supervisor knows."""
        return self._ready.is_set()

    def launch(self) -> None:
        """Start without waiting; `wait_ready` follows. An orphan must have been ended before."""
        self.config.write()
        self._supervisor = threading.Thread(
            target=self._supervise, name="nats-supervisor", daemon=True
        )
        self._supervisor.start()

    def wait_ready(self, timeout_seconds: float) -> None:
        """Return when the server answers; raise when it ended or takes too long."""
        deadline = time.monotonic() + timeout_seconds
        while not self._ready.wait(POLL_SECONDS):
            if self._ended_code is not None or time.monotonic() > deadline:
                code = self._ended_code
                self.stop()
                how = "did not answer in time" if code is None else f"ended with code {code}"
                said = self._log_tail()
                if PORT_TAKEN in said:
                    raise EngineStartError(
                        f"nats-server cannot listen on 127.0.0.1:{self.config.port}: {PORT_TAKEN}",
                        hint="choose another port with BENCHWIRE_NATS_PORT, or unset it",
                    )
                raise EngineStartError(
                    f"nats-server {how} (port {self.config.port}): {said}",
                    hint=f"see {self.config.log_file}",
                )

    def stop(self) -> None:
        """End the server; it flushes its storage on SIGTERM."""
        self._stopping.set()
        with self._spawning:
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("nats_server_killed", pid=process.pid, after_seconds=STOP_SECONDS)
                process.kill()
        supervisor = self._supervisor
        if supervisor is not None and supervisor is not threading.current_thread():
            supervisor.join()
        self._ready.clear()

    def _supervise(self) -> None:
        delay = BACKOFF_SECONDS
        while True:
            with self._spawning:
                if self._stopping.is_set():
                    return
                process = self._process = self._spawn()
            started = time.monotonic()
            if self._await_answer(process):
                self._ready.set()
            code = process.wait()
            first_failed = not self._ready.is_set() and self._starts_total == 1
            self._ready.clear()
            self._ended_code = code
            if self._stopping.is_set() or first_failed:
                return
            lived = time.monotonic() - started
            delay = BACKOFF_SECONDS if lived > STEADY_SECONDS else delay
            log.warning("nats_server_died", code=code, restart_in_seconds=delay)
            self._stopping.wait(delay)
            delay = min(delay * 2, BACKOFF_SECONDS_MAX)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._starts_total += 1
        self._ended_code = None
        wrapper = [sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid())]
        with self.config.log_file.open("ab") as output:
            return subprocess.Popen(
                [*wrapper, str(self._binary), "-c", str(self.config.config_file)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A group of its own: Ctrl-C at the terminal must not end the server before the
                # consumer has acknowledged what it stored.
                process_group=0,
            )

    def _await_answer(self, process: subprocess.Popen[bytes]) -> bool:
        while process.poll() is None and not self._stopping.is_set():
            info = read_info(self.config.port)
            if info is not None and info.get("server_name") == self.config.server_name:
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _log_tail(self) -> str:
        try:
            raw = self.config.log_file.read_bytes()
        except OSError:
            return "no log"
        lines = raw[-LOG_TAIL_BYTES:].decode("utf-8", "replace").strip().splitlines()
        return " | ".join(lines[-3:])


def read_info(port: int) -> dict[str, Any] | None:
    """Return what a NATS server on this port says of itself, or None when none answers."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5) as connection:
            line = connection.makefile("rb").readline(INFO_BYTES_MAX)
    except OSError:
        return None
    if not line.startswith(b"INFO "):
        return None
    try:
        info: dict[str, Any] = json.loads(line[5:])
    except ValueError:
        return None
    return info

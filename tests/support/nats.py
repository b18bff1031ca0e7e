"""A real nats-server for tests: loopback, own port, own directory, may be killed and restarted."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS = 10.0


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def publish_raw(port: int, subject: bytes, payload: bytes) -> None:
    """Publish on a subject that no client library would let through."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b'CONNECT {"verbose":false}\r\n'
            b"PUB %b %d\r\n%b\r\nPING\r\n" % (subject, len(payload), payload)
        )
        answer = b""
        while b"PONG" not in answer:
            received = connection.recv(4096)
            assert received, answer
            answer += received


def server_binary() -> str:
    """Find the nats-server that the development environment installed."""
    beside_python = Path(sys.executable).parent / "nats-server"
    found = str(beside_python) if beside_python.exists() else shutil.which("nats-server")
    assert found, "nats-server is not installed"
    return found


class NatsServer:
    """One server process with JetStream on disk; `kill` and `start` keep port and data."""

    def __init__(
        self, directory: Path, *, max_payload: int = 8 * 1024 * 1024, more: str = ""
    ) -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._config = directory / "nats.conf"
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self._config.write_text(
            f"listen: 127.0.0.1:{self.port}\n"
            f"max_payload: {max_payload}\n"
            f'jetstream {{ store_dir: "{directory / "jetstream"}", sync_interval: always }}\n'
            f"{more}\n",
            encoding="utf-8",
        )

    def command(self) -> list[str]:
        """What is started."""
        return [server_binary(), "-c", str(self._config)]

    def environment(self) -> dict[str, str]:
        """What it finds in its environment."""
        return dict(os.environ)

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = (self.directory / "nats.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=self.environment()
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._answers():
                return
            assert self._process.poll() is None, "nats-server ended at once"
            time.sleep(0.01)
        raise AssertionError("nats-server did not answer")

    def kill(self) -> None:
        """End it as `kill -9` does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it in order; harmless when it is not running."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.2) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

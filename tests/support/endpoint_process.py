"""A writable endpoint in a process of its own, so that it can be killed and started again.

`python -m tests.support.endpoint_process DIRECTORY PORT` serves until it is ended.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.nats import free_port

ROOT = Path(__file__).resolve().parents[2]


class EndpointProcess:
    """Starts and kills servers on one directory and one port, one after the other."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    def url(self, database: str) -> str:
        """What the consumer's `clickhouse_url` would be."""
        return f"http://somebody:s3cret@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start one and return when it listens."""
        with (self._directory / "endpoint.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(self._directory), str(self.port)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line == b"ready\n", (self._directory / "endpoint.log").read_text()[-2000:]

    def kill(self) -> None:
        """End it as `kill -9` does."""
        assert self._process
        self._process.kill()
        self._process.communicate()
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
        if self._process is not None:
            self.kill()


def main() -> None:
    """Be the process."""
    from tests.support.chdb import open_store  # noqa: PLC0415 - the parent needs no engine
    from tests.support.writable_endpoint import writable_endpoint  # noqa: PLC0415 - as above

    directory, port = sys.argv[1:]
    with writable_endpoint(open_store(Path(directory)), int(port)):
        print("ready", flush=True)  # noqa: T201 - the parent waits for it
        sys.stdin.read()


if __name__ == "__main__":
    main()

"""A consumer in a process of its own, on a chDB store of its own, so that it can be killed.

`python -m tests.support.consumer_process run DIRECTORY` consumes until SIGTERM, configured by the
environment; `… query DIRECTORY SQL` prints the rows of a query as JSON.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.prepared_store import prepare

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 60


class ConsumerProcess:
    """Starts, kills and stops consumers on one directory, one after the other."""

    def __init__(self, directory: Path, **settings: object) -> None:
        self._directory = directory
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **{f"BENCHWIRE_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None
        prepare(directory)

    def start(self) -> None:
        """Start one and return when its store is open and migrated."""
        log = (self._directory / "consumer.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                self._command("run"), env=self._environment, stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line == b"ready\n", (self._directory / "consumer.log").read_text()[-2000:]

    def kill(self) -> None:
        """End it as `kill -9` does."""
        assert self._process
        self._process.kill()
        self._close()

    def stop(self) -> int:
        """Ask it to stop and give its exit code."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return self._close()

    def stop_if_running(self) -> None:
        """Leave nothing behind."""
        if self._process is not None:
            self.kill()

    def query(self, sql: str) -> list[list[Any]]:
        """Ask the store, while no consumer runs."""
        done = subprocess.run(
            [*self._command("query"), sql],
            env=self._environment,
            capture_output=True,
            check=True,
            timeout=START_SECONDS,
        )
        rows: list[list[Any]] = json.loads(done.stdout)
        return rows

    def _close(self) -> int:
        assert self._process
        assert self._process.stdout
        code = self._process.wait(STOP_SECONDS)
        self._process.stdout.close()
        self._process = None
        return code

    def _command(self, what: str) -> list[str]:
        return [sys.executable, "-m", "tests.support.consumer_process", what, str(self._directory)]


def main() -> None:
    """Be the process."""
    from tests.support.chdb import open_store  # noqa: PLC0415

    from benchwire.consumer.logs import configure_logs  # noqa: PLC0415
    from benchwire.embedded.chdb_sink import ChdbSink  # noqa: PLC0415 - the parent needs no engine

    configure_logs()
    what, directory, *rest = sys.argv[1:]
    store = open_store(Path(directory))
    sink = ChdbSink(store)
    if what == "query":
        sys.stdout.write(json.dumps(sink.query(rest[0]), default=str))
    else:
        asyncio.run(_run(sink))
    sink.close()
    store.close()


async def _run(sink: Any) -> None:
    from benchwire.consumer import migrations  # noqa: PLC0415
    from benchwire.consumer.main import consume  # noqa: PLC0415
    from benchwire.consumer.settings import ConsumerSettings  # noqa: PLC0415

    migrations.apply(sink)
    print("ready", flush=True)  # noqa: T201 - the parent waits for it
    await consume(ConsumerSettings(), sink)


if __name__ == "__main__":
    main()

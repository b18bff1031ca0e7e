"""Run the real command line in a data directory of its own, as a user would."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.prepared_store import prepare

from benchwire.embedded.client import EndpointClient
from benchwire.embedded.registration import read_registration

TIMEOUT_SECONDS = 60.0


def environment(data_dir: Path, **extra: str) -> dict[str, str]:
    """The environment of a user who only chose a data directory."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BENCHWIRE_")}
    return {**kept, "BENCHWIRE_DATA_DIR": str(data_dir), "NO_COLOR": "1", **extra}


def arguments(*words: str) -> list[str]:
    """The command as the console script runs it."""
    return [sys.executable, "-m", "benchwire.cli.main", *words]


def benchwire(
    data_dir: Path, *words: str, stdin: bytes = b"", code: int | None = 0, **extra: str
) -> subprocess.CompletedProcess[bytes]:
    """Run one command to its end; a wrong exit code fails with what it printed."""
    done = subprocess.run(
        arguments(*words),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
        env=environment(data_dir, **extra),
    )
    if code is not None:
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def json_of(data_dir: Path, *words: str, stdin: bytes = b"", code: int | None = 0) -> Any:
    """Run one command with `--json` and return what it printed."""
    return json.loads(benchwire(data_dir, *words, "--json", stdin=stdin, code=code).stdout)


def start(data_dir: Path, *words: str, **extra: str) -> subprocess.Popen[bytes]:
    """Start one command and return at once."""
    return subprocess.Popen(
        arguments(*words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(data_dir, **extra),
    )


@contextmanager
def daemon(data_dir: Path) -> Generator[dict[str, Any]]:
    """Run a daemon for a while; yields its registration."""
    process = start(prepare(data_dir), "up", "--json")
    assert process.stdout is not None
    try:
        if not process.stdout.readline():
            raise AssertionError(process.communicate(timeout=TIMEOUT_SECONDS)[1])
        yield registration(data_dir)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            end_whatever_runs(data_dir)


def status(data_dir: Path) -> dict[str, Any]:
    """What the running engines say of themselves, without a command's start-up."""
    found = read_registration(data_dir / "daemon.json")
    assert found is not None
    return EndpointClient(found).status()


def answer_of(data_dir: Path, sql: str, output_format: str, **params: str) -> bytes:
    """What the running engines answer, without a command's start-up."""
    found = read_registration(data_dir / "daemon.json")
    assert found is not None
    return b"".join(EndpointClient(found).query(sql, output_format, params))


def rows_of(data_dir: Path, sql: str, **params: str) -> list[dict[str, Any]]:
    """What the running engines answer, row by row."""
    lines = answer_of(data_dir, sql, "JSONEachRow", **params).splitlines()
    return [json.loads(line) for line in lines]


def wait_stored(data_dir: Path) -> None:
    """Wait until reports tell of all that was published; without it they take their time."""
    found = read_registration(data_dir / "daemon.json")
    assert found is not None
    assert EndpointClient(found).wait_stored(TIMEOUT_SECONDS)


def registration(data_dir: Path) -> dict[str, Any]:
    """What daemon.json says."""
    found: dict[str, Any] = json.loads((data_dir / "daemon.json").read_bytes())
    return found


def end_whatever_runs(data_dir: Path) -> None:
    """End a daemon that a failed test left behind."""
    try:
        pid = int(json.loads((data_dir / "daemon.lock").read_bytes())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if pid != os.getpid() and alive(pid):
        os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def eventually(true: Callable[[], bool], *, seconds: float = 10.0) -> bool:
    """Wait for a condition, bounded."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return true()


def simple_line(content: str = "hello", **over: object) -> bytes:
    """One line for `benchwire emit`."""
    event: dict[str, object] = {
        "experiment_id": "exp",
        "policy_id": "pol",
        "task_id": "task",
        "event_type": "step",
        "data": {"kind": "act", "content": content},
        **over,
    }
    return json.dumps(event).encode() + b"\n"

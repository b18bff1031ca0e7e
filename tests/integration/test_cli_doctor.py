"""`benchwire doctor` as a user meets it: nothing there, all well, and several things broken."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import (
    alive,
    benchwire,
    daemon,
    end_whatever_runs,
    environment,
    eventually,
    json_of,
    simple_line,
    start,
    status,
)

Findings = list[dict[str, Any]]
OF_THE_MACHINE = {"file system", "free space", "fsync"}
"""What tests run on may be a RAM disk, small, or slow."""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "its data"
    yield path
    end_whatever_runs(path)


def not_ok(findings: Findings) -> dict[str, str]:
    return {each["check"]: each["status"] for each in findings if each["status"] != "ok"}


def command_of(findings: Findings, check: str) -> str:
    (command,) = (each["command"] for each in findings if each["check"] == check)
    return str(command)


def test_where_nothing_is_nothing_fails_and_nothing_is_made(data_dir: Path) -> None:
    """On a terminal that is not of UTF-8, where our symbols are shown as escapes."""
    printed = benchwire(data_dir, "doctor", PYTHONIOENCODING="ascii").stdout.decode("ascii")
    assert "fail" not in printed
    for check in ("python", "nats-server", "chDB", "SQL gate", "written as ascii"):
        assert check in printed
    assert not data_dir.exists()
    assert benchwire(data_dir, "--help", PYTHONIOENCODING="ascii").stdout.isascii()


def test_a_healthy_store_is_ok_with_and_without_a_daemon(data_dir: Path) -> None:
    with daemon(data_dir):
        benchwire(data_dir, "emit", stdin=simple_line())
        printed = benchwire(data_dir, "doctor").stdout.decode()
        assert "fail" not in printed
        assert "daemon version" in printed
    findings = json_of(data_dir, "doctor")
    # What `emit` recorded is a run that nobody stopped.
    assert set(not_ok(findings).values()) <= {"warn"}
    assert {"lag", "migrations", "typed tables", "runs"} <= {each["check"] for each in findings}
    assert not (data_dir / "daemon.json").exists()


def test_what_a_killed_daemon_left_is_found_and_the_commands_named_mend_it(
    data_dir: Path,
) -> None:
    with daemon(data_dir) as found:
        nats_pid = status(data_dir)["engines"]["nats"]["pid"]
        os.kill(found["pid"], signal.SIGKILL)
        assert eventually(lambda: not alive(nats_pid))
    # A producer that finds no server, and dies.
    writer = start(data_dir, "emit", BENCHWIRE_NATS_URL="nats://127.0.0.1:1")
    assert writer.stdin is not None
    writer.stdin.write(simple_line())
    writer.stdin.flush()
    assert eventually(lambda: any(data_dir.glob("journal/*/*.seg")))
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    data_dir.chmod(0o755)
    (data_dir / "log").chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = benchwire(data_dir, "doctor", "--offline", "--json", code=1, BENCHWIRE_SQL_PORT=port)
    findings: Findings = json.loads(done.stdout)
    broken = not_ok(findings)
    assert broken.pop("ports") == "fail"
    expected = {"owner": "warn", "journal backlog": "warn", "access": "warn", "pipeline": "skip"}
    assert {name: each for name, each in broken.items() if name not in OF_THE_MACHINE} == expected
    for check in ("access", "journal backlog"):
        paste(command_of(findings, check), data_dir)
    assert command_of(findings, "owner").endswith(
        f"benchwire --data-dir {shlex.quote(str(data_dir))} up --detach"
    )
    (data_dir / "daemon.json").write_text("{")
    mended = json_of(data_dir, "doctor", "--offline")
    assert command_of(mended, "owner") == f"rm {shlex.quote(str(data_dir / 'daemon.json'))}"
    assert not_ok(mended).keys() <= {"owner", "pipeline", *OF_THE_MACHINE}


def paste(command: str, data_dir: Path) -> None:
    """Run a command as it was printed, where the command of this environment is on the path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(  # noqa: S602 - as a person would
        command,
        shell=True,
        check=True,
        capture_output=True,
        env={**environment(data_dir), "PATH": path},
    )


def test_servers_by_url_are_examined_and_their_secrets_kept(data_dir: Path) -> None:
    done = benchwire(
        data_dir,
        "doctor",
        "--json",
        code=1,
        BENCHWIRE_NATS_URL="nats://me:s3cret-nats@127.0.0.1:1",
        BENCHWIRE_CLICKHOUSE_URL="http://me:s3cret-house@127.0.0.1:1/benchwire",
        BENCHWIRE_SQL_TOKEN="s3cret-token",
    )
    failed = {each["check"] for each in json.loads(done.stdout) if each["status"] == "fail"}
    assert failed == {"nats server", "clickhouse server"}
    assert b"s3cret" not in done.stdout + done.stderr

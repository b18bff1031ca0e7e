"""A daemon whose engine answers nothing any more ends, says why, and leaves the way free."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.command_line import TIMEOUT_SECONDS, environment
from tests.support.prepared_store import prepare

from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.registration import DaemonLock
from benchwire.embedded.stack import this_process


@pytest.mark.parametrize("how", [[], ["stuck"]], ids=["stops", "stuck"])
def test_a_daemon_with_a_broken_engine_ends(tmp_path: Path, how: list[str]) -> None:
    data_dir = prepare(tmp_path / "data")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.failing_engine_program", str(data_dir), *how],
        capture_output=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
        env=environment(data_dir),
    )
    said = ended.stderr.decode()
    assert ended.returncode == 1, said
    assert "error: the store's engine fails every statement: Code: 49" in said
    assert "hint: start again with `benchwire up`" in said
    lock = DaemonLock(DataDirectory(data_dir).lock)
    assert lock.acquire(this_process("command"))
    lock.release()

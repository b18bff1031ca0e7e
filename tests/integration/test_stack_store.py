"""The store where it meets the operating system: paths, a second process, the owner's death."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.command_line import alive, end_whatever_runs, eventually

from benchwire.embedded.nats_binary import nats_server_binary
from benchwire.embedded.nats_process import read_info
from benchwire.embedded.ports import RememberedPorts

OPEN = """
import sys
from pathlib import Path
from benchwire.embedded.store import ChdbStore
root = Path(sys.argv[1])
store = ChdbStore.open(root / "store", root / "engine")
try:
    print(store.control("SELECT * FROM file('/etc/hostname', 'LineAsString')"))
except Exception as error:
    print("ACCESS_DENIED" in str(error), (root / "store" / "status").exists())
if len(sys.argv) > 2:
    print("open", flush=True); sys.stdin.read()
store.close()
"""


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", ["plain", "with space", "c++", "50%20", "a=b", "a#b", "é:ü", "'x"])
def test_the_access_control_holds_whatever_the_directory_is_called(
    tmp_path: Path, name: str
) -> None:
    done = python(OPEN, str(tmp_path / name))
    assert done.stdout == "True True\n", done.stderr


@pytest.mark.parametrize("name", ["question?", "am&persand"])
def test_a_path_the_engine_misreads_does_not_open(tmp_path: Path, name: str) -> None:
    done = python(OPEN, str(tmp_path / name))
    assert done.returncode == 1
    assert "EngineStartError: the engine did not apply its access control" in done.stderr


def test_a_second_process_is_told_that_the_store_is_open(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", OPEN, str(tmp_path), "stay"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert first.stdout is not None
    first.stdout.readline()
    assert first.stdout.readline() == b"open\n"
    second = python(OPEN, str(tmp_path))
    first.communicate(b"", timeout=30)
    assert second.returncode == 1
    assert "EngineStartError: another process has the store" in second.stderr


OWN = """
import sys
from pathlib import Path
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import open_stack
with open_stack(EmbeddedSettings(data_dir=Path(sys.argv[1]))) as stack:
    status = stack.status()
    print(status["pid"], status["engines"]["nats"]["pid"], flush=True)
    print(stack.rows("SELECT 1, 'x', NULL, 18446744073709551615"), flush=True)
    print(stack.wait_stored(10.0), stack.is_owner, flush=True)
    if len(sys.argv) > 2:
        sys.stdin.read()
"""


def test_a_library_user_owns_the_engines_for_a_while(tmp_path: Path) -> None:
    done = python(OWN, str(tmp_path))
    assert "[(1, 'x', None, 18446744073709551615)]\nTrue True\n" in done.stdout, done.stderr
    assert not (tmp_path / "daemon.json").exists()


def test_engines_die_with_an_owner_that_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWN, str(tmp_path), "stay"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    nats_pid = 0
    for line in iter(owner.stdout.readline, b""):
        words = line.split()
        if len(words) == 2 and words[0].isdigit():
            nats_pid = int(words[1])
        if words == [b"True", b"True"]:
            break
    assert alive(nats_pid)
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    assert eventually(lambda: not alive(nats_pid))
    again = python(OWN, str(tmp_path))
    assert "True True" in again.stdout, again.stderr
    end_whatever_runs(tmp_path)


def test_an_orphan_of_an_earlier_daemon_is_ended_and_its_port_used_again(tmp_path: Path) -> None:
    first = python(OWN, str(tmp_path))
    assert first.returncode == 0, first.stderr
    port = RememberedPorts(tmp_path / "ports.json").choose("nats")
    config = tmp_path / "nats" / "nats-server.conf"
    orphan = subprocess.Popen([nats_server_binary(), "-c", config])
    try:
        assert eventually(lambda: read_info(port) is not None)
        second = python(OWN, str(tmp_path))
        assert second.returncode == 0, second.stderr
        assert orphan.poll() is not None
        assert RememberedPorts(tmp_path / "ports.json").choose("nats") == port
    finally:
        orphan.kill()
        orphan.wait()

"""What doctor finds about a data directory, its owner and its ports: real files and sockets."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwire.embedded.checks import data_directory, owner
from benchwire.embedded.checks.file_system import mounted_at
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.registration import DaemonLock, LockHolder, Registration, write_registration
from benchwire.embedded.settings import EmbeddedSettings

NOBODY = 65534
MOUNTS = """\
21 1 254:0 / / rw - ext4 /dev/vda rw
30 21 0:30 / /mnt/shared\\040disk rw - nfs4 server:/export rw
31 30 0:31 / /mnt/shared\\040disk/local rw - xfs /dev/vdb rw
32 21 0:32 / /run rw - tmpfs tmpfs rw
"""


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    found = DataDirectory(tmp_path / "data")
    found.create()
    return found


@pytest.fixture
def nobody() -> Iterator[None]:
    """Be a user who may do nothing, as far as the file system is concerned."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


@pytest.fixture
def closed_directory() -> Iterator[Path]:
    """A directory that everybody may enter and only its owner may change."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def test_a_directory_of_ours_is_ok(data: DataDirectory) -> None:
    checks = (data_directory.directory, data_directory.access, data_directory.fsync)
    assert [check(data).status for check in checks] == ["ok", "ok", "ok"]


def test_a_directory_nobody_made_yet_is_ok_and_is_not_made(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "a" / "b")
    assert data_directory.directory(data).status == "ok"
    assert data_directory.fsync(data).status == "skip"
    assert list(tmp_path.iterdir()) == []


def test_a_directory_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert data_directory.directory(DataDirectory(tmp_path / "file" / "data")).status == "fail"


def test_a_directory_that_is_not_ours_is_a_failure(closed_directory: Path, nobody: None) -> None:
    found = data_directory.directory(DataDirectory(closed_directory))
    assert found.status == "fail"
    assert f"chown -R $(id -u) {closed_directory}" in found.command
    assert data_directory.directory(DataDirectory(closed_directory / "new")).status == "fail"
    assert data_directory.access(DataDirectory(closed_directory)).status == "warn"
    assert data_directory.fsync(DataDirectory(closed_directory)).status == "fail"


def test_a_directory_that_others_may_read_is_closed_by_the_command_named(
    data: DataDirectory,
) -> None:
    data.root.chmod(0o755)
    data.store.mkdir(mode=0o755)
    found = data_directory.access(data)
    assert (found.status, found.command) == ("warn", f"chmod 700 {data.root}")
    subprocess.run(found.command, shell=True, check=True)  # noqa: S602 - as a person would paste it
    assert data_directory.access(data).status == "ok"


def test_a_stream_that_may_outgrow_the_disk_is_a_warning_with_a_limit(data: DataDirectory) -> None:
    assert data_directory.free_space(data, 0).status == "ok"
    found = data_directory.free_space(data, 2**60)
    assert found.status == "warn"
    assert "export BENCHWIRE_STREAM_MAX_BYTES=" in found.command


def test_the_longest_mount_tells_the_file_system() -> None:
    assert mounted_at(Path("/home/me"), MOUNTS) == "ext4"
    assert mounted_at(Path("/mnt/shared disk/data"), MOUNTS) == "nfs4"
    assert mounted_at(Path("/mnt/shared disk/local/data"), MOUNTS) == "xfs"
    assert mounted_at(Path("/runner"), MOUNTS) == "ext4"


def registered(data: DataDirectory, pid: int) -> None:
    write_registration(
        data.registration,
        Registration(
            pid=pid,
            role="daemon",
            command="benchwire up",
            instance_id="gone",
            nats_url="nats://127.0.0.1:1",
            sql_url="http://127.0.0.1:1",
            token="t",
            started_at="2026-10-01T08:00:00+00:00",
            version="0.1.0",
        ),
    )


def test_a_registration_of_the_dead_is_a_warning(data: DataDirectory) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    registered(data, done.pid)
    found = owner.owner(data)
    assert (found.status, found.command) == ("warn", "benchwire up --detach")


def test_a_registration_whose_pid_is_somebody_else_misleads_producers(data: DataDirectory) -> None:
    registered(data, os.getpid())
    found = owner.owner(data)
    assert (found.status, found.command) == ("fail", f"rm {data.registration}")


def test_an_owner_that_does_not_answer_is_a_failure(data: DataDirectory) -> None:
    lock = DaemonLock(data.lock)
    assert lock.acquire(LockHolder(os.getpid(), "daemon", "benchwire up"))
    assert owner.owner(data).status == "warn"
    registered(data, os.getpid())
    assert owner.owner(data).status == "fail"
    lock.release()
    assert not owner.is_locked(data.lock)


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"pid": "x"})])
def test_a_registration_nobody_can_read_is_named(data: DataDirectory, content: str) -> None:
    data.registration.write_text(content)
    assert owner.owner(data).status == "warn"


def test_a_fixed_port_that_is_taken_says_by_whom(data: DataDirectory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = EmbeddedSettings(data_dir=data.root, nats_port=port)
        (found,) = owner.ports(settings, None)
        assert found.status == "fail"
        assert f"(pid {os.getpid()})" in found.found
    (found,) = owner.ports(settings, None)
    assert found.status == "ok"

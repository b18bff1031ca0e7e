import json
import os
import subprocess
import sys
from pathlib import Path

from benchwire.embedded.registration import (
    DaemonLock,
    LockHolder,
    Registration,
    lock_holder,
    read_registration,
    remove_registration,
    write_registration,
)

HOLDER = LockHolder(pid=os.getpid(), role="command", command="benchwire sql")


def made(pid: int | None = None, instance_id: str = "one") -> Registration:
    return Registration(
        pid=os.getpid() if pid is None else pid,
        role="daemon",
        command="benchwire up",
        instance_id=instance_id,
        nats_url="nats://127.0.0.1:1",
        sql_url="http://127.0.0.1:2",
        token="secret-token",
        started_at="2026-01-01T00:00:00+00:00",
        version="0",
    )


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_registration_comes_back_as_written_and_only_the_owner_may_read_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "daemon.json"
    write_registration(path, made())
    assert read_registration(path) == made()
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_registration_of_a_dead_process_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    write_registration(path, made(pid=dead_pid()))
    assert read_registration(path) is None


def test_a_damaged_registration_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    for damage in ("", "[]", "{", '{"pid": 1}', json.dumps({"pid": "x", "unknown": 1})):
        path.write_text(damage)
        assert read_registration(path) is None


def test_only_the_own_registration_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    write_registration(path, made(instance_id="successor"))
    remove_registration(path, "predecessor")
    assert path.exists()
    remove_registration(path, "successor")
    assert not path.exists()


def test_the_token_is_not_in_the_representation() -> None:
    assert "secret-token" not in repr(made())


def test_the_lock_has_one_holder_who_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    first, second = DaemonLock(path), DaemonLock(path)
    assert first.acquire(HOLDER)
    assert not second.acquire(HOLDER)
    assert lock_holder(path) == HOLDER
    first.release()
    assert lock_holder(path) is None
    assert second.acquire(HOLDER)
    second.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    program = (
        "import sys, time; from pathlib import Path\n"
        "from benchwire.embedded.registration import *\n"
        f"lock = DaemonLock(Path({str(path)!r}))\n"
        "print(lock.acquire(LockHolder(1, 'daemon', 'x')), flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"True\n"
    assert not DaemonLock(path).acquire(HOLDER)
    process.kill()
    process.wait()
    process.stdout.close()
    lock = DaemonLock(path)
    assert lock.acquire(HOLDER)
    lock.release()

"""Nobody who may only read writes a file, reads one, reaches another machine, or changes data."""

import os
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.support.escape_attempt import Attempt
from tests.support.escape_attempts import HARMLESS, REFUSED
from tests.support.served_endpoint import TOKEN, ServedEndpoint

from benchwire.embedded.endpoint.execution import QueryRunner
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.store import ChdbStore

LIMITS = QueryLimits(
    seconds=1, seconds_max=1, memory_bytes_max=1 << 28, result_bytes_max=1 << 24, threads_max=2
)
SECRET = "content-of-a-secret-file"
HANG_SECONDS = 20
"""Far above the limit of a query: an attempt that waits so long hangs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Trap:
    """What an attempt is after; `untouched` says that it got nothing."""

    directory: Path
    listener: socket.socket

    def set(self, text: str) -> str:
        """Put the real paths and the port into a text."""
        port = self.listener.getsockname()[1]
        for name in ("secret", "out", "pipe"):
            text = text.replace(f"<{name}>", str(self.directory / name))
        return text.replace("<port>", str(port))

    def untouched(self) -> bool:
        """Tell whether no file was made or changed and nobody connected."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            names = sorted(path.name for path in self.directory.iterdir())
            return names == ["pipe", "secret"] and (self.directory / "secret").read_text() == SECRET
        return False


@pytest.fixture(scope="module")
def endpoint(chdb_store: ChdbStore) -> Iterator[ServedEndpoint]:
    handle = chdb_store.handle()
    handle.query("CREATE TABLE gate_table (a UInt8) ENGINE = MergeTree ORDER BY a")
    handle.query("INSERT INTO gate_table VALUES (1)")
    before = handle.query("SELECT database, name FROM system.tables ORDER BY ALL", "TSV").bytes()
    with ServedEndpoint(chdb_store, QueryRunner(chdb_store, LIMITS)) as served:
        yield served
    after = handle.query("SELECT database, name FROM system.tables ORDER BY ALL", "TSV").bytes()
    assert after == before
    assert handle.query("SELECT groupArray(a) FROM gate_table", "TSV").bytes() == b"[1]\n"
    handle.query("DROP TABLE gate_table")
    handle.close()


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Trap]:
    (tmp_path / "secret").write_text(SECRET)
    os.mkfifo(tmp_path / "pipe")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Trap(tmp_path, listener)


def send(endpoint: ServedEndpoint, trap: Trap, attempt: Attempt | str) -> Answer:
    attempt = Attempt(attempt) if isinstance(attempt, str) else attempt
    arguments = {f"param_{name}": trap.set(value) for name, value in attempt.params.items()}
    arguments |= {name: trap.set(value) for name, value in attempt.settings.items()}
    request = urllib.request.Request(
        f"http://127.0.0.1:{endpoint.port}/?{urlencode(arguments)}",
        data=trap.set(attempt.sql).encode(),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=HANG_SECONDS) as answer:  # noqa: S310
            return Answer(answer.status, answer.read(), dict(answer.headers))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read(), dict(error.headers))


def of(groups: dict[str, tuple[Attempt | str, ...]]) -> list[object]:
    return [
        pytest.param(attempt, id=f"{group}: {str(attempt)[:80]!a}")
        for group, attempts in groups.items()
        for attempt in attempts
    ]


@pytest.mark.parametrize("attempt", of(REFUSED))
def test_an_attempt_is_refused_and_nothing_is_touched(
    endpoint: ServedEndpoint, trap: Trap, attempt: Attempt | str
) -> None:
    answer = send(endpoint, trap, attempt)
    assert 400 <= answer.status < 600
    assert answer.body.startswith(b"Code: ")
    assert int(answer.headers["x-clickhouse-exception-code"])
    assert SECRET.encode() not in answer.body
    assert trap.untouched()
    assert send(endpoint, trap, "SELECT 1").body == b"1\n"


@pytest.mark.parametrize("attempt", of(HARMLESS))
def test_an_attempt_that_is_answered_makes_no_difference(
    endpoint: ServedEndpoint, trap: Trap, attempt: Attempt | str
) -> None:
    answer = send(endpoint, trap, attempt)
    assert answer.status == 200
    assert SECRET.encode() not in answer.body
    assert TOKEN.encode() not in answer.body
    assert "x-injected" not in {name.lower() for name in answer.headers}
    assert trap.untouched()


@pytest.mark.parametrize(
    ("name", "asked", "got"),
    [
        ("readonly", "0", b"1\n"),
        ("readonly", "2", b"1\n"),
        ("max_execution_time", "0", b"1\n"),
        ("max_execution_time", "0.5", b"0.5\n"),
        ("max_execution_time", "1e9", b"1\n"),
        ("max_memory_usage", "0", b"268435456\n"),
        ("max_memory_usage", "1000000", b"1000000\n"),
        ("max_threads", "64", b"2\n"),
        ("max_threads", "1", b"1\n"),
    ],
)
def test_a_limit_can_be_lowered_and_not_lifted(
    endpoint: ServedEndpoint, trap: Trap, name: str, asked: str, got: bytes
) -> None:
    attempt = Attempt(f"SELECT getSetting('{name}')", settings={name: asked})
    assert send(endpoint, trap, attempt).body == got

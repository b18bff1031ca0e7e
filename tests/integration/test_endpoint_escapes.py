"""Nobody who may only read writes a file, reads one, reaches another machine, or changes data."""

import gzip
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.support.escape_attempt import Attempt
from tests.support.escape_attempts import HARMLESS, REFUSED
from tests.support.served_endpoint import TOKEN, ServedEndpoint

from benchwire.embedded.endpoint.execution import QueryRunner
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.endpoint.native_frames import framed, unframed
from benchwire.embedded.store import ChdbStore

LIMITS = QueryLimits(
    seconds=1, seconds_max=1, memory_bytes_max=1 << 28, result_bytes_max=1 << 24, threads_max=2
)
SECRET = "content-of-a-secret-file"
FORM = "multipart/form-data; boundary=bound"
HANG_SECONDS = 20
"""Far above the limit of a query: an attempt that waits so long hangs."""


Disguise = Callable[[Attempt], tuple[bytes, dict[str, str], dict[str, str]]]
"""Makes a body, arguments and headers of an attempt."""


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
    return post(endpoint, trap.set(attempt.sql).encode(), arguments, {})


def post(
    endpoint: ServedEndpoint, body: bytes, arguments: dict[str, str], headers: dict[str, str]
) -> Answer:
    request = urllib.request.Request(
        f"http://127.0.0.1:{endpoint.port}/?{urlencode(arguments)}",
        data=body,
        headers={"Authorization": f"Bearer {TOKEN}", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=HANG_SECONDS) as answer:  # noqa: S310
            return Answer(answer.status, answer.read(), dict(answer.headers))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read(), dict(error.headers))


def as_form(attempt: Attempt) -> tuple[bytes, dict[str, str], dict[str, str]]:
    fields = {
        "query": attempt.sql,
        **{f"param_{name}": value for name, value in attempt.params.items()},
        **attempt.settings,
    }
    parts = "".join(
        f'--bound\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f"{parts}--bound--\r\n".encode(), {}, {"Content-Type": FORM}


def as_frames(attempt: Attempt) -> tuple[bytes, dict[str, str], dict[str, str]]:
    arguments = {f"param_{name}": value for name, value in attempt.params.items()}
    switches = {"decompress": "1", "compress": "1"}
    return framed(attempt.sql.encode()), arguments | dict(attempt.settings) | switches, {}


def as_frames_in_gzip(attempt: Attempt) -> tuple[bytes, dict[str, str], dict[str, str]]:
    body, arguments, _ = as_frames(attempt)
    return gzip.compress(body), arguments, {"Content-Encoding": "gzip"}


def as_form_in_frames(attempt: Attempt) -> tuple[bytes, dict[str, str], dict[str, str]]:
    body, _, headers = as_form(attempt)
    return framed(body), {"decompress": "1", "session_id": "s"}, headers


def split_over_url_and_body(attempt: Attempt) -> tuple[bytes, dict[str, str], dict[str, str]]:
    _, arguments, _ = as_frames(attempt)
    arguments |= {"decompress": "0", "compress": "0", "session_id": "s"}
    head, _, tail = attempt.sql.partition(" ")
    return tail.encode(), arguments | {"query": f"{head} "}, {}


DISGUISES = (as_form, as_frames, as_frames_in_gzip, as_form_in_frames, split_over_url_and_body)
"""Ways to bring a statement that differ from a plain body; each stands before the same gates."""

DISGUISED: tuple[Attempt, ...] = (
    Attempt("SELECT * FROM file('<secret>', 'LineAsString')"),
    Attempt("SELECT `fi\\x6ce`('<secret>')"),
    Attempt("SELECT * FROM url('http://127.0.0.1:<port>/', 'LineAsString')"),
    Attempt("SELECT * FROM system.{t:Identifier}", params={"t": "stack_trace"}),
    Attempt("SELECT toDateTime('2026-01-01', {z:String})", params={"z": "file:<pipe>"}),
    Attempt("SELECT * FROM stack_trace", settings={"database": "system"}),
    Attempt("INSERT INTO gate_table FORMAT CSV\n1"),
    Attempt("CREATE TABLE x (a UInt8) ENGINE = Memory"),
    Attempt("DROP TABLE gate_table"),
    Attempt("KILL QUERY WHERE 1"),
    Attempt("SET readonly = 0"),
    Attempt("SELECT 1 SETTINGS max_execution_time = 0"),
    Attempt("SELECT 1; DROP TABLE gate_table"),
    Attempt("SELECT 1", settings={"allow_ddl": "1"}),
    Attempt("SELECT 1", settings={"max_execution_time": "-1"}),
)


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


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("attempt", DISGUISED, ids=lambda attempt: f"{str(attempt)[:60]!a}")
def test_a_disguise_opens_no_gate(
    endpoint: ServedEndpoint, trap: Trap, attempt: Attempt, disguise: Disguise
) -> None:
    real = Attempt(
        trap.set(attempt.sql),
        {name: trap.set(value) for name, value in attempt.params.items()},
        attempt.settings,
    )
    answer = post(endpoint, *disguise(real))
    assert 400 <= answer.status < 600
    # Not for the disguise: that was undone, and the statement judged.
    assert answer.headers["x-clickhouse-exception-code"] in {"36", "164", "452", "497"}
    assert SECRET.encode() not in answer.body
    assert trap.untouched()


@pytest.mark.parametrize("disguise", DISGUISES)
def test_what_may_be_asked_may_be_asked_in_disguise(
    endpoint: ServedEndpoint, disguise: Disguise
) -> None:
    wide = Attempt("SELECT {x:String}, getSetting('readonly')", {"x": "a"}, {"readonly": "0"})
    body, arguments, headers = disguise(wide)
    answer = post(endpoint, body, arguments, headers)
    framed_answer = arguments.get("compress") == "1"
    assert (unframed(answer.body, 1000) if framed_answer else answer.body) == b"a\t2\n"


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
        ("readonly", "0", b"2\n"),
        ("readonly", "1", b"2\n"),
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


def test_plans_are_explained_plainly(endpoint: ServedEndpoint, trap: Trap) -> None:
    """Drawn prettily, the plan of a wide report takes all the memory of the machine."""
    drawn = send(endpoint, trap, Attempt("EXPLAIN SELECT dummy + 1 FROM system.one"))
    assert drawn.body.startswith(b"Expression")
    assert "│".encode() not in drawn.body
    asked = {"explain_query_plan_default": "pretty"}
    assert send(endpoint, trap, Attempt("SELECT 1", settings=asked)).status == 403

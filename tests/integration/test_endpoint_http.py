"""The SQL endpoint as an HTTP server: who may ask, in which shape, how many, and until when."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# clickhouse-connect and lz4 leave their calls partly untyped.

import gzip
import http.client
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlencode

import clickhouse_connect
import lz4.frame  # pyright: ignore[reportMissingTypeStubs]
import pytest
from tests.support.command_line import eventually
from tests.support.served_endpoint import TOKEN, ServedEndpoint

from benchwire.embedded.endpoint import app
from benchwire.embedded.endpoint.execution import QueryRunner
from benchwire.embedded.endpoint.formats import CONCATENATED, HEADER_LINES, HEADER_TEXTS
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.store import ChdbStore

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMITS = QueryLimits(
    seconds=20, seconds_max=20, memory_bytes_max=1 << 30, result_bytes_max=1 << 24, threads_max=2
)
PLACES = 2
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}
ENDLESS = "SELECT number, repeat('x', 1000) FROM system.numbers"
MIB = 1024 * 1024
FORM = b'--x\r\nContent-Disposition: form-data; name="query"%b\r\n\r\nSELECT 7\r\n--x--\r\n'

Answer = tuple[int, bytes, dict[str, str]]


@pytest.fixture(scope="module")
def endpoint(chdb_store: ChdbStore) -> Iterator[ServedEndpoint]:
    runner = QueryRunner(chdb_store, LIMITS)
    with ServedEndpoint(chdb_store, runner, queries_concurrent_max=PLACES) as served:
        yield served


def ask(
    endpoint: ServedEndpoint,
    body: bytes = b"",
    *,
    method: str = "POST",
    path: str = "/",
    headers: dict[str, str] | None = None,
    **arguments: str,
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=30)
    with closing(connection):
        target = f"{path}?{urlencode(arguments)}" if arguments else path
        given = AUTHORISED if headers is None else headers
        connection.request(method, target, body or None, given)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)


def raw(endpoint: ServedEndpoint, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as connection:
        connection.sendall(request.replace(b"\n", b"\r\n"))
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN.upper()}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Digest {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic ZGVmYXVsdDo="},
        {"Authorization": "Bearer \u00e9"},
        {"X-ClickHouse-User": TOKEN},
        {"X-ClickHouse-Key": ""},
        {"X-ClickHouse-Key": "wrong"},
        {"Cookie": f"password={TOKEN}"},
        {"X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/ping"},
    ],
    ids=str,
)
def test_nobody_gets_in_without_the_token(
    endpoint: ServedEndpoint, headers: dict[str, str]
) -> None:
    for path in ("/", "/benchwire/status", "/benchwire/hello", "/benchwire/lease"):
        status, body, _ = ask(endpoint, method="GET", path=path, headers=headers, query="SELECT 7")
        assert status in {401, 403}, path
        assert b"7\n" not in body
    assert ask(endpoint, b"{}", path="/benchwire/stop", headers=headers)[0] in {401, 403}


def test_two_authorisations_are_none(endpoint: ServedEndpoint) -> None:
    answer = raw(
        endpoint,
        b"GET /?query=SELECT%207 HTTP/1.1\nHost: localhost\nConnection: close\n"
        b"Authorization: Bearer wrong\nAuthorization: Bearer " + TOKEN.encode() + b"\n\n",
    )
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:1"}, 200),
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": "[::1]:8123"}, 200),
        ({"Host": "host.docker.internal:8123"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"Host": "["}, 403),
        ({"Host": "localhost:1", "Origin": "http://localhost:1"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
    ids=str,
)
def test_a_page_in_the_users_browser_gets_nothing(
    endpoint: ServedEndpoint, headers: dict[str, str], status: int
) -> None:
    """Even one whose browser sends the token along, or whose own name means this machine."""
    got, _, answered = ask(endpoint, b"SELECT 1", headers={**AUTHORISED, **headers})
    assert got == status
    assert not [name for name in answered if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/", 405),
        ("DELETE", "/", 405),
        ("PATCH", "/", 405),
        ("OPTIONS", "/", 405),
        ("TRACE", "/", 405),
        ("POST", "//", 404),
        ("POST", "/play", 404),
        ("POST", "/ping/", 404),
        ("POST", "/../", 404),
        ("POST", "/benchwire/../", 404),
        ("GET", "/benchwire/stop", 405),
        ("GET", "/benchwire", 404),
        ("POST", "/BENCHWIRE/stop", 404),
    ],
)
def test_only_what_exists_is_answered(
    endpoint: ServedEndpoint, method: str, path: str, status: int
) -> None:
    assert ask(endpoint, b"SELECT 1", method=method, path=path)[0] == status


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (gzip.compress(b"SELECT 7", mtime=0), {"Content-Encoding": "gzip"}, 200),
        (zlib.compress(b"SELECT 7"), {"Content-Encoding": "deflate"}, 200),
        (b"SELECT 7", {"Content-Type": "text/plain; charset=utf-16"}, 200),
        (b"SELECT 7", {"Content-Type": "application/x-www-form-urlencoded"}, 200),
        (b"SELECT 7", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"SELECT 7", mtime=0)[:-4], {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"SELECT 7" + b" " * 100 * MIB, mtime=0), {"Content-Encoding": "gzip"}, 413),
        (b"SELECT 7", {"Content-Encoding": "zstd"}, 501),
        (b"SELECT 7", {"Content-Encoding": "gzip, gzip"}, 501),
        ("SELECT 7".encode("utf-16"), {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"SELECT 7 -- \xc3", {}, 400),
        (b"SELECT 7" + b" " * 300_000, {}, 400),
        (b"SELECT 7" + b" " * 2 * MIB, {}, 413),
        (FORM % b"", {"Content-Type": "multipart/form-data; boundary=x"}, 200),
        (FORM % b'; filename=""', {"Content-Type": "multipart/form-data; boundary=x"}, 501),
        (b"--x\r\n\r\nSELECT 7", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        (b"SELECT 7", {"Content-Type": "multipart/mixed; boundary=x"}, 400),
        (b"INSERT INTO events FORMAT JSONEachRow\n{}", {}, 403),
        (b"INSERT INTO events FORMAT Native\n\xff\xfe\0", {}, 403),
    ],
)
def test_bodies_of_every_kind_are_understood_or_refused(
    endpoint: ServedEndpoint, body: bytes, headers: dict[str, str], status: int
) -> None:
    got, answer, _ = ask(endpoint, body, headers={**AUTHORISED, **headers})
    assert got == status
    assert answer == b"7\n" if status == 200 else answer.startswith(b"Code: ")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{", b'{"timeout_seconds": NaN}', b"[" * 100_000])
def test_private_routes_survive_nonsense(endpoint: ServedEndpoint, body: bytes) -> None:
    assert ask(endpoint, body, path="/benchwire/wait-stored")[0] == 400


DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "zstd": zstd.decompress,
    "lz4": lz4.frame.decompress,
}


@pytest.mark.parametrize("name", sorted(DECOMPRESS))
def test_answers_are_compressed_when_asked_for(endpoint: ServedEndpoint, name: str) -> None:
    sql = b"SELECT number FROM numbers(200000)"
    plain = ask(endpoint, sql)[1]
    headers = {**AUTHORISED, "Accept-Encoding": f"br, {name};q=0.5, identity;q=0"}
    _, body, answered = ask(endpoint, sql, headers=headers, enable_http_compression="1")
    assert answered["content-encoding"] == name
    assert len(body) < len(plain)
    assert DECOMPRESS[name](body) == plain
    assert "content-encoding" not in ask(endpoint, sql, headers=headers)[2]


@pytest.mark.parametrize("output_format", [*HEADER_LINES, *HEADER_TEXTS, *sorted(CONCATENATED)])
def test_an_answer_without_rows_has_its_header_and_is_asked_once(
    endpoint: ServedEndpoint, chdb_store: ChdbStore, output_format: str
) -> None:
    sql = "SELECT number AS a, toString(number) AS `b\nc` FROM numbers(3) WHERE a > {least:UInt8}"
    with closing(chdb_store.handle()) as handle:
        whole = handle.query(sql, output_format, params={"least": "3"}).bytes()
    as_format = partial(ask, endpoint, sql.encode(), default_format=output_format)
    n_asked = queries_begun(chdb_store)
    assert as_format(param_least="3")[:2] == (200, whole or b"")
    n_for_none = queries_begun(chdb_store) - n_asked
    assert as_format(param_least="1")[0] == 200
    assert n_for_none == queries_begun(chdb_store) - n_asked - n_for_none


def queries_begun(store: ChdbStore) -> int:
    """Count the queries of this process, this one included."""
    (count,) = store.control("SELECT value FROM system.events WHERE event = 'SelectQuery'")
    return int(count)


@pytest.mark.parametrize("compress", ["", "lz4", "zstd", "gzip"])
def test_clickhouse_connect_reads_queries_frames_and_streams(
    endpoint: ServedEndpoint, compress: str
) -> None:
    connect: Any = clickhouse_connect.get_client
    client: Any = connect(
        host="127.0.0.1", port=endpoint.port, password=TOKEN, compress=compress or False
    )
    with closing(client):
        assert client.query("SELECT {a:Array(String)}", parameters={"a": ["x'", "\n"]}).first_row
        frame = client.query_df("SELECT number AS a, toString(number) AS b FROM numbers(70000)")
        assert (len(frame), int(frame["a"].sum())) == (70_000, 70_000 * 69_999 // 2)
        with client.query_row_block_stream("SELECT number FROM numbers(200000)") as blocks:
            assert sum(len(block) for block in blocks) == 200_000
        with client.raw_stream("SELECT 1 AS a", fmt="JSONEachRow") as stream:
            assert stream.read() == b'{"a":1}\n'
        assert client.command("SELECT 1", settings={"max_threads": 1}) == 1
        with pytest.raises(Exception, match="UNKNOWN_TABLE"):
            client.query("SELECT * FROM nothing")
        with pytest.raises(Exception, match="READONLY"):
            client.command("CREATE TABLE x (a UInt8) ENGINE = Memory")


def test_a_client_that_leaves_ends_its_query(
    endpoint: ServedEndpoint, chdb_store: ChdbStore
) -> None:
    running = "SELECT count() FROM system.processes WHERE query LIKE '%repeat(%system.numbers'"
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=30)
    connection.request("POST", "/", ENDLESS.encode(), AUTHORISED)
    answer = connection.getresponse()
    assert answer.read(1000).startswith(b"0\tx")
    assert chdb_store.control(running) == ["1"]
    answer.close()
    connection.close()
    assert eventually(lambda: chdb_store.control(running) == ["0"])


def test_queries_beyond_the_limit_wait_and_are_told_in_the_end(
    endpoint: ServedEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "TURN_SECONDS", 0.2)
    busy = [http.client.HTTPConnection("127.0.0.1", endpoint.port) for _ in range(PLACES)]
    for connection in busy:
        connection.request("POST", "/", ENDLESS.encode(), AUTHORISED)
    answers = [connection.getresponse() for connection in busy]
    assert [answer.status for answer in answers] == [200] * PLACES
    status, body, headers = ask(endpoint, b"SELECT 1")
    assert (status, headers["x-clickhouse-exception-code"]) == (429, "202")
    assert b"TOO_MANY_SIMULTANEOUS_QUERIES" in body
    monkeypatch.setattr(app, "TURN_SECONDS", 10.0)
    leaving = threading.Timer(0.2, busy[0].close)
    leaving.start()
    assert ask(endpoint, b"SELECT 1")[:2] == (200, b"1\n")
    leaving.join()
    busy[1].close()


def test_a_kept_connection_does_not_wait_for_acknowledgements(endpoint: ServedEndpoint) -> None:
    """Only sockets of a listener that says TCP get TCP_NODELAY; else an answer takes 48 ms."""
    assert endpoint._server._socket.proto == socket.IPPROTO_TCP  # pyright: ignore[reportPrivateUsage]

"""The SQL endpoint as real clients find it: what they send, and what they make of the answers."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false
# The clients leave their calls partly untyped.

import gzip
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import clickhouse_connect
import pytest
import sqlalchemy
from clickhouse_connect.driver.external import ExternalData
from tests.support.command_line import eventually
from tests.support.http_clients import GRAFANA, GRAFANA_VERSION, as_grafana, as_java, ask, curl
from tests.support.javascript import javascript_client
from tests.support.native_reader import read_frames
from tests.support.served_endpoint import TOKEN, ServedEndpoint

from benchwire.embedded.client import EndpointClient
from benchwire.embedded.endpoint.execution import QueryRunner
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.errors import QueryError
from benchwire.embedded.registration import Registration
from benchwire.embedded.store import ChdbStore

LIMITS = QueryLimits(
    seconds=20, seconds_max=20, memory_bytes_max=1 << 30, result_bytes_max=1 << 24, threads_max=2
)
LATE_ERROR = """
SELECT number, throwIf(number = 1000000) FROM (SELECT number FROM numbers(1100000) LIMIT 1100000)
"""
"""Behind its limit a statement is one stream of blocks, so that the error comes after the first."""
SLOW = "SELECT sum(sipHash64(number)) FROM numbers(5000000)"
SLOW_ERROR = "SELECT throwIf(sum(sipHash64(number)) > 0) FROM numbers(5000000)"
EAGER = {"send_progress_in_http_headers": "1", "http_headers_progress_interval_ms": "1"}
RUNNING = "SELECT count() FROM system.processes WHERE query LIKE '%AS endless FROM%numbers'"
PROGRAM = Path(__file__).parents[1] / "support" / "javascript_client.cjs"


@pytest.fixture(scope="module")
def endpoint(chdb_store: ChdbStore) -> Iterator[ServedEndpoint]:
    handle = chdb_store.handle()
    handle.query("CREATE DATABASE clients")
    handle.query("CREATE TABLE clients.t (a UInt8, s LowCardinality(String)) ENGINE = Memory")
    handle.query("INSERT INTO clients.t VALUES (1, 'x'), (2, 'y')")
    with ServedEndpoint(chdb_store, QueryRunner(chdb_store, LIMITS)) as served:
        yield served
    handle.query("DROP DATABASE clients")
    handle.close()


# curl


def test_curl_asks_in_urls_bodies_and_forms(endpoint: ServedEndpoint) -> None:
    url = f"http://127.0.0.1:{endpoint.port}/"
    query = "query=SELECT {a:String} FORMAT CSV"
    in_url = curl(endpoint, "--get", "--data-urlencode", query, "-d", "param_a=1", url)
    assert in_url.stdout == b'"1"\n'
    assert curl(endpoint, url, "--data-binary", "SELECT 2").stdout == b"2\n"
    assert curl(endpoint, "--form", query, "--form-string", "param_a=x;y", url).stdout == b'"x;y"\n'
    compressed = f"{url}?enable_http_compression=1"
    assert curl(endpoint, "--compressed", compressed, "-d", "SELECT 3").stdout == b"3\n"
    assert curl(endpoint, f"{url}ping").stdout == b"Ok.\n"
    assert curl(endpoint, "--head", f"{url}replicas_status").stdout.startswith(b"HTTP/1.1 200 ")
    file = curl(endpoint, "--form", query, "--form", f"t=@{__file__}", url)
    assert file.stdout.startswith(b"Code: 48. ")


def test_curl_notices_an_answer_that_is_not_whole(endpoint: ServedEndpoint) -> None:
    broken = curl(endpoint, f"http://127.0.0.1:{endpoint.port}/", "-d", LATE_ERROR)
    assert broken.returncode == 18
    text, _, rest = broken.stdout.rpartition(b"\r\n__exception__\r\n")[0].rpartition(b"\n")
    length, _, tag = rest.partition(b" ")
    reason = text[-int(length) + 1 :]
    assert reason.startswith(b"Code: 395. DB::Exception: ")
    assert text[: -len(reason)].endswith(b"\r\n__exception__\r\n" + tag + b"\r\n")
    held = curl(
        endpoint, f"http://127.0.0.1:{endpoint.port}/?wait_end_of_query=1", "-d", LATE_ERROR
    )
    assert (held.returncode, held.stdout[:10]) == (0, b"Code: 395.")


# clickhouse-connect


def connect(endpoint: ServedEndpoint, **more: Any) -> Any:
    get_client: Any = clickhouse_connect.get_client
    return get_client(host="127.0.0.1", port=endpoint.port, password=TOKEN, **more)


def test_clickhouse_connect_hears_of_progress_sums_and_reasons(endpoint: ServedEndpoint) -> None:
    with closing(connect(endpoint, form_encode_query_params=True)) as client:
        assert client.protocol_version == 54405
        asked = client.query(SLOW, parameters={"unused": "x" * 10_000})
        assert (asked.summary["read_rows"], asked.summary["result_rows"]) == ("5000000", "1")
        assert asked.summary["query_id"] == asked.query_id
        rows = client.query("SELECT * FROM clients.t WHERE a = {a:UInt8}", parameters={"a": 2})
        assert (rows.column_names, rows.result_rows) == (("a", "s"), [(2, "y")])
        assert client.query_arrow("SELECT s FROM clients.t ORDER BY s")["s"].to_pylist() == [
            "x",
            "y",
        ]
        with pytest.raises(Exception, match=r"Code: 60.*nothing"):
            client.query("SELECT * FROM nothing")
        with pytest.raises(Exception, match="Code: 395"):
            client.query(SLOW_ERROR)
        with (
            pytest.raises(Exception, match="Code: 395"),
            client.query_row_block_stream(LATE_ERROR) as blocks,
        ):
            sum(len(block) for block in blocks)
        with pytest.raises(Exception, match="Code: 159"):
            client.query("SELECT count() FROM system.numbers", settings={"max_execution_time": 0.3})
        table = ExternalData(file_name="e", data=b"1\n", fmt="CSV", structure=["a UInt8"])
        with pytest.raises(Exception, match="external data"):
            client.query("SELECT * FROM e", external_data=table)


# SQLAlchemy


# Both libraries offer to be the dialect of clickhouse:// and say so.
@pytest.mark.filterwarnings("ignore:The 'clickhouse")
@pytest.mark.parametrize("dialect", ["clickhouse+http", "clickhousedb+connect"])
def test_sqlalchemy_asks_and_looks_around(endpoint: ServedEndpoint, dialect: str) -> None:
    url = f"{dialect}://anybody:{TOKEN}@127.0.0.1:{endpoint.port}/clients"
    engine = sqlalchemy.create_engine(url)
    table = sqlalchemy.Table("t", sqlalchemy.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        asked = sqlalchemy.text("SELECT a, s FROM t WHERE s = :s")
        assert [tuple(row) for row in connection.execute(asked, {"s": "y"})] == [(2, "y")]
        counted = sqlalchemy.select(sqlalchemy.func.sum(table.c.a))
        assert connection.execute(counted).scalar() == 3
        with pytest.raises(Exception, match="UNKNOWN_TABLE"):
            connection.execute(sqlalchemy.text("SELECT * FROM nothing"))
    assert "clients" in sqlalchemy.inspect(engine).get_schema_names()
    assert sqlalchemy.inspect(engine).get_table_names() == ["t"]
    engine.dispose()


# @clickhouse/client


def test_the_javascript_client_finds_a_clickhouse(endpoint: ServedEndpoint) -> None:
    found = javascript_client()
    if isinstance(found, str):
        pytest.skip(found)
    program = subprocess.run(
        [found.node, str(PROGRAM), f"http://127.0.0.1:{endpoint.port}", TOKEN],
        env={**os.environ, "NODE_PATH": str(found.modules)},
        capture_output=True,
        check=False,
    )
    assert program.returncode == 0, program.stderr.decode()
    refused = {"name": "ClickHouseError", "code": "164", "type": "READONLY"}
    assert json.loads(program.stdout) == {
        "ping": True,
        "document": [{"a": ["x'", "\n\t\\"], "n": "18446744073709551615"}],
        "streamed": 150_000,
        "kinds": ["meta", "progress", "row"],
        "progressed": True,
        "summary": "3000000",
        "form": 100_000,
        "raw": "7\n",
        "unknown": {"name": "ClickHouseError", "code": "60", "type": "UNKNOWN_TABLE"},
        "command": refused,
        "insert": refused,
        "late": {
            "name": "ClickHouseError",
            "code": "395",
            "type": "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO",
        },
        "aborted": True,
    }


# Java: frames both ways, RowBinary, and settings it always sends


def test_java_reads_rows_and_errors_from_frames(endpoint: ServedEndpoint) -> None:
    status, body = as_java(endpoint, "SELECT toUInt32(number) AS n FROM numbers(200000)")
    numbers = b"".join(number.to_bytes(4, "little") for number in range(200_000))
    assert (status, read_frames(body)) == (200, b"\x01\x01n\x06UInt32" + numbers)
    status, body = as_java(endpoint, "SELECT 1 AS n WHERE 0")
    assert (status, read_frames(body)) == (200, b"\x01\x01n\x05UInt8")
    status, body = as_java(endpoint, "SELECT * FROM nothing")
    assert (status, read_frames(body)[:9]) == (404, b"Code: 60.")
    # Errors of access are the ones it reads as they are.
    status, body = as_java(endpoint, "DROP TABLE t")
    assert (status, body[:10]) == (403, b"Code: 164.")


# Grafana: its plugin speaks through clickhouse-go


EVERY_TYPE = """
SELECT number, toString(number) AS s, toLowCardinality(toString(number % 10)) AS l,
    [toLowCardinality('y')] AS a, map('a', number) AS m, [(1, 'x')]::Nested(a UInt8, b String) AS n,
    (1, 'a', [2])::Tuple(a UInt8, `b c` String, d Array(UInt8)) AS t, toFixedString('abc', 3) AS f,
    toUUID('6f0f2ab4-0000-4000-8000-000000000000') AS u, toDateTime64(number, 6, 'UTC') AS d,
    nullIf(number, 7) AS o, toDecimal128(number, 3) AS e,
    toLowCardinality(nullIf('', '')) AS p, number::Nullable(Float64)
FROM numbers(1000)
"""


def test_grafana_shakes_hands(endpoint: ServedEndpoint, chdb_store: ChdbStore) -> None:
    name, version, revision, timezone = as_grafana(
        endpoint, "SELECT displayName(), version(), revision(), timezone()"
    )
    assert name[0]
    assert version == [chdb_store.engine_version]
    assert revision[0] >= GRAFANA_VERSION
    assert timezone == [chdb_store.timezone]
    assert as_grafana(endpoint, "SELECT 1") == [[1]]
    assert as_grafana(endpoint, "SELECT timeZone()") == [[chdb_store.timezone]]


def test_grafana_reads_every_type(endpoint: ServedEndpoint) -> None:
    columns = as_grafana(endpoint, EVERY_TYPE)
    assert [len(column) for column in columns] == [1000] * 14
    last = [column[-1] for column in columns[:8]]
    number = 999
    assert last == [
        number,
        str(number),
        "9",
        ["y"],
        {"a": number},
        [(1, "x")],
        (1, "a", [2]),
        "abc",
    ]


def test_grafana_reads_every_block(endpoint: ServedEndpoint) -> None:
    sql = "SELECT number, toString(number), toLowCardinality(number % 3) FROM numbers(140000)"
    numbers, texts, keys = as_grafana(endpoint, sql)
    assert numbers == list(range(140_000))
    assert texts == list(map(str, numbers))
    assert keys == [number % 3 for number in numbers]


def test_grafana_lists_databases_tables_and_columns(endpoint: ServedEndpoint) -> None:
    for sql in ("SHOW DATABASES", "SELECT name FROM system.databases"):
        assert "clients" in as_grafana(endpoint, sql)[0]
    assert as_grafana(endpoint, "SHOW TABLES FROM `clients`") == [["t"]]
    assert as_grafana(endpoint, 'DESC TABLE "clients"."t"')[0] == ["a", "s"]
    tables = "SELECT database, name FROM system.tables ORDER BY database, name"
    assert "t" in as_grafana(endpoint, tables)[1]
    columns = (
        "SELECT database, table, name, type, comment FROM system.columns "
        "WHERE (database, table) IN (('clients', 't')) ORDER BY database, table, position"
    )
    assert as_grafana(endpoint, columns)[2] == ["a", "s"]
    assert len(as_grafana(endpoint, "SELECT name FROM system.functions")[0]) > 1000


def test_grafana_expands_its_macros_before_it_asks(endpoint: ServedEndpoint) -> None:
    """Written as its plugin expands $__timeFilter, _ms, $__dateTimeFilter, $__timeInterval."""
    rows = as_grafana(
        endpoint,
        """
        SELECT toStartOfInterval(toDateTime(at), INTERVAL 60 second) AS time,
            toStartOfInterval(toDateTime64(at, 3), INTERVAL 500 millisecond) AS fine, count() AS n
        FROM (SELECT toDateTime64(1700000000 + number, 6, 'UTC') AS at FROM numbers(7200))
        WHERE at >= toDateTime(1700000000) AND at <= toDateTime(1700003600)
            AND at >= fromUnixTimestamp64Milli(1700000000000)
            AND at <= fromUnixTimestamp64Milli(1700000119000)
            AND (toDate(at) >= toDate('2023-11-14') AND toDate(at) <= toDate('2023-11-15'))
        GROUP BY time, fine ORDER BY time, fine
        """,
    )
    assert sum(rows[2]) == 120


def test_grafana_is_told_why(endpoint: ServedEndpoint) -> None:
    """The plugin's check that settings cannot be overridden expects code 164."""
    headers = {"X-ClickHouse-Key": TOKEN}
    sql = "SELECT 1 SETTINGS max_execution_time = 1"
    status, body, answered = ask(endpoint, sql, headers=headers, **GRAFANA)
    assert (status, answered["x-clickhouse-exception-code"]) == (403, "164")
    assert body.startswith(b"Code: 164. DB::Exception: ")


# The interface itself


def test_progress_arrives_while_the_query_runs_and_who_leaves_ends_it(
    endpoint: ServedEndpoint, chdb_store: ChdbStore
) -> None:
    endless = b"SELECT sum(sipHash64(number)) AS endless FROM system.numbers"
    asked = urlencode({**EAGER, "password": TOKEN}).encode()
    request = b"POST /?%b HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
    received = b""
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=30) as connection:
        connection.sendall(request % (asked, len(endless), endless))
        while received.count(b"X-ClickHouse-Progress: ") < 5:
            received += connection.recv(65536)
        assert chdb_store.control(RUNNING) == ["1"]
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"\r\n\r\n" not in received
    assert eventually(lambda: chdb_store.control(RUNNING) == ["0"])


def test_progress_only_grows_and_ends_in_the_summary(endpoint: ServedEndpoint) -> None:
    status, body, answered = ask(endpoint, SLOW, headers={"X-ClickHouse-Key": TOKEN}, **EAGER)
    told = map(json.loads, answered.get_all("X-ClickHouse-Progress", []))
    read = [int(progress["read_rows"]) for progress in told]
    assert read
    assert read == sorted(read)
    assert json.loads(answered["X-ClickHouse-Summary"])["read_rows"] == "5000000"
    assert (status, body.strip().isdigit()) == (200, True)


def test_an_error_in_an_open_head_still_has_its_code(endpoint: ServedEndpoint) -> None:
    headers = {"X-ClickHouse-Key": TOKEN}
    status, body, answered = ask(endpoint, SLOW_ERROR, headers=headers, **EAGER)
    assert (status, answered["x-clickhouse-exception-code"]) == (200, "395")
    assert body.startswith(b"Code: 395. DB::Exception: ")
    assert ask(endpoint, "SELECT 1", headers=headers, **EAGER)[1] == b"1\n"


def test_what_an_error_throws_away_leaves_no_trace(endpoint: ServedEndpoint) -> None:
    """A few rows were compressed already when this query fails, and its head was sent."""
    sql = "SELECT sleepEachRow(0.05), throwIf(number = 8) FROM numbers(9)"
    switches = {**EAGER, "enable_http_compression": "1", "max_block_size": "1"}
    headers = {"X-ClickHouse-Key": TOKEN, "Accept-Encoding": "gzip"}
    _, body, answered = ask(endpoint, sql, headers=headers, **switches)
    assert answered["x-clickhouse-exception-code"] == "395"
    assert gzip.decompress(body).startswith(b"Code: 395. DB::Exception: ")


def test_tables_that_clients_look_at_are_there(endpoint: ServedEndpoint) -> None:
    for name in (
        "columns",
        "data_type_families",
        "databases",
        "dictionaries",
        "formats",
        "functions",
        "parts",
        "processes",
        "settings",
        "table_engines",
        "table_functions",
        "tables",
    ):
        headers = {"X-ClickHouse-Key": TOKEN}
        assert ask(endpoint, f"SELECT * FROM system.{name} LIMIT 1", headers=headers)[0] == 200


def test_our_own_commands_say_that_an_answer_is_incomplete(endpoint: ServedEndpoint) -> None:
    registration = Registration(
        pid=os.getpid(),
        role="daemon",
        command="",
        instance_id="tests",
        nats_url="",
        sql_url=f"http://127.0.0.1:{endpoint.port}",
        token=TOKEN,
        started_at="",
        version="",
    )
    with pytest.raises(QueryError, match=r"the answer is incomplete: .*NON_ZERO\)$") as caught:
        list(EndpointClient(registration).query(LATE_ERROR, "TabSeparated"))
    assert caught.value.code == 395

"""Ask an endpoint as other programs do: curl itself, and what drivers for Java and Go send.

What they send was read in their sources: client-v2 of clickhouse-java, `conn_http.go` of
clickhouse-go and `driver.go` of grafana/clickhouse-datasource.
"""
# pyright: reportUnknownMemberType=false

import gzip
import http.client
import shutil
import subprocess
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.support.native_reader import read_native, write_frame
from tests.support.served_endpoint import TOKEN, ServedEndpoint

GRAFANA_VERSION = 54460
"""The protocol version of clickhouse-go, the driver in Grafana's plugin."""

Answer = tuple[int, bytes, http.client.HTTPMessage]

JAVA = {
    "compress": "1",
    "decompress": "1",
    "default_format": "RowBinaryWithNamesAndTypes",
    "output_format_binary_write_json_as_string": "1",
    "async_insert": "0",
    "session_id": "s",
}

GRAFANA = {
    "default_format": "Native",
    "client_protocol_version": str(GRAFANA_VERSION),
    "enable_http_compression": "1",
    "database": "clients",
    "limit": "1000000",
    "max_execution_time": "60",
}


def ask(
    endpoint: ServedEndpoint, body: bytes | str, *, headers: dict[str, str], **arguments: str
) -> Answer:
    """Post a body."""
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=30)
    with closing(connection):
        connection.request("POST", f"/?{urlencode(arguments)}", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


def curl(endpoint: ServedEndpoint, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run curl, which every test that wants it skips without."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")
    command = [program, "--silent", "--user", f"anybody:{TOKEN}", *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def as_java(endpoint: ServedEndpoint, sql: str) -> tuple[int, bytes]:
    headers = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": TOKEN}
    status, body, _ = ask(endpoint, write_frame(sql.encode()), headers=headers, **JAVA)
    return status, body


def as_grafana(endpoint: ServedEndpoint, sql: str) -> list[list[Any]]:
    headers = {
        "X-ClickHouse-User": "grafana",
        "X-ClickHouse-Key": TOKEN,
        "Accept-Encoding": "gzip",
        "User-Agent": "grafana/12.0.0 clickhouse-go/2.40.0",
    }
    status, body, answered = ask(endpoint, sql, headers=headers, **GRAFANA)
    assert (status, answered["content-encoding"]) == (200, "gzip"), body
    return read_native(gzip.decompress(body), GRAFANA_VERSION).columns

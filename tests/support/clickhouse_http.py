"""ClickHouse's HTTP interface over this process's chDB, writable, with faults on demand.

No ClickHouse server can be had in the test environment; this speaks enough of its protocol for
clickhouse-connect and answers with the real engine, so that the driver's side is tested.
"""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from benchwire.embedded.store import ChdbStore

Fault = Literal["drop", "drop_after", "error_503", "memory"]
"""`drop`: hang up before doing anything; `drop_after`: hang up instead of answering."""

POLL_SECONDS = 0.01
TRANSPORT = re.compile(
    r"^(query|database|user|password|session_.*|compress|client_.*|default_format|role|"
    r"enable_http_compression|http_.*|send_progress.*|wait_end_of_query|query_id|cancel_.*)$"
)
FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*$", re.IGNORECASE)
INSERT = re.compile(
    rb"\s*(INSERT\s+INTO\s+[^\n]+?)\s+FORMAT\s+(\w+)[ \t]*(?:\r?\n|$)", re.IGNORECASE
)


class ClickHouseHttp:
    """Serves one store on loopback until `close`; `faults` are used up one per request."""

    def __init__(self, store: ChdbStore) -> None:
        self.faults: list[Fault] = []
        self.requests: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.answer(self, store)

            do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, database: str) -> str:
        return f"http://somebody:s3cret@127.0.0.1:{self.port}/{database}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler, store: ChdbStore) -> None:
        params = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if request.headers.get("Transfer-Encoding") == "chunked":
            body = _chunks(request)
        self.requests.append(params)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "drop":
            request.close_connection = True
            return
        if fault == "error_503":
            _send(request, 503, b"overloaded", {})
            return
        if fault == "memory":
            _fail(request, "Code: 241. DB::Exception: Memory limit exceeded")
            return
        try:
            result = _run(store, params, body)
        except RuntimeError as error:
            _fail(request, str(error))
            return
        if fault == "drop_after":
            request.close_connection = True
            return
        _send(request, 200, result, {"X-ClickHouse-Summary": "{}"})


def _run(store: ChdbStore, params: dict[str, str], body: bytes) -> bytes:
    handle = store.handle()
    try:
        if database := params.get("database"):
            handle.query(f"USE {database}")
        for name, value in params.items():
            if not TRANSPORT.match(name):
                handle.query(f"SET {name} = '{value}'")
        text = params.get("query", "").encode()
        text = text + b"\n" + body if text and body else text + body
        if found := INSERT.match(text):
            with handle.send_insert(found[1].decode(), found[2].decode()) as stream:
                stream.append(text[found.end() :])
                stream.finish()
            return b""
        sql = text.decode().strip()
        named = FORMAT.search(sql)
        output = named[1] if named else params.get("default_format", "TabSeparated")
        answer: bytes = handle.query(FORMAT.sub("", sql), output).bytes() or b""
    finally:
        handle.close()
    return answer


def _fail(request: BaseHTTPRequestHandler, text: str) -> None:
    text = text[max(0, text.find("Code: ")) :]
    code = re.search(r"Code: (\d+)", text)
    headers = {"X-ClickHouse-Exception-Code": code[1]} if code else {}
    _send(request, 500, text.encode(), headers)


def _send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    request.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def _chunks(request: BaseHTTPRequestHandler) -> bytes:
    parts: list[bytes] = []
    while size := int(request.rfile.readline(), 16):
        parts.append(request.rfile.read(size))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(parts)

"""A proxy in front of an HTTP server that loses, delays and refuses requests on demand."""

import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

Fault = Literal["drop", "drop_after", "error_503", "memory"]
"""`drop`: hang up before doing anything; `drop_after`: hang up instead of answering."""

POLL_SECONDS = 0.01
TIMEOUT_SECONDS = 30
HOP = {"connection", "content-length", "date", "host", "keep-alive", "transfer-encoding"}
MEMORY = b"Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)\n"


class FaultyProxy:
    """Passes requests on while the block runs; `faults` are used up one per request."""

    def __init__(self, url: str) -> None:
        self._upstream = urlsplit(url)
        self.faults: list[Fault] = []
        self.requests: list[dict[str, str]] = []
        """Arguments of every request, in order."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.answer(self)

            do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,))

    @property
    def url(self) -> str:
        """The server's address with our port in it."""
        port = self._server.server_address[1]
        credentials = self._upstream.netloc.rpartition("@")[0]
        return self._upstream._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Pass one request on, or do to it what is asked for."""
        self.requests.append(dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True)))
        body = _body(request)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "drop":
            request.close_connection = True
        elif fault == "error_503":
            _send(request, 503, b"overloaded", {})
        elif fault == "memory":
            _send(request, 500, MEMORY, {"X-ClickHouse-Exception-Code": "241"})
        else:
            status, answer, headers = self._ask(request, body)
            if fault == "drop_after":
                request.close_connection = True
            else:
                _send(request, status, answer, headers)

    def _ask(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        host, port = self._upstream.hostname or "", self._upstream.port
        connection = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            kept = {k: v for k, v in request.headers.items() if k.lower() not in HOP}
            connection.request(request.command, request.path, body, kept)
            answer = connection.getresponse()
            headers = {k: v for k, v in answer.getheaders() if k.lower() not in HOP}
            return answer.status, answer.read(), headers
        finally:
            connection.close()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers.get("Transfer-Encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length") or 0))
    parts: list[bytes] = []
    while size := int(request.rfile.readline(), 16):
        parts.append(request.rfile.read(size))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(parts)


def _send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    request.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)

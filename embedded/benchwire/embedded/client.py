"""Talk to the endpoint of a running daemon; standard library only, so that attaching is quick."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchwire.embedded.errors import EmbeddedError, OwnerGoneError, QueryError
from benchwire.embedded.registration import Registration

CONNECT_SECONDS = 5.0
PRICES_SECONDS = 60.0
BLOCK_BYTES = 1024 * 1024
TAIL_BYTES = 32 * 1024
OK, CLOSING = 200, 503
REASON = re.compile(
    r"\r\n__exception__\r\n\w{16}\r\nCode: (\d+)\. DB::Exception: (.*)\n\d+ \w{16}\r\n"
    r"__exception__\r\n$",
    re.DOTALL,
)
"""How an answer ends that was broken off."""


class EndpointClient:
    """Requests to one endpoint; every request has a connection of its own."""

    def __init__(self, registration: Registration) -> None:
        parts = urlsplit(registration.sql_url)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._headers = {"Authorization": f"Bearer {registration.token}"}
        self._instance_id = registration.instance_id

    def answers(self) -> bool:
        """Tell whether the registered instance answers and does not end just now."""
        try:
            hello = self._json("GET", "/benchwire/hello", timeout_seconds=CONNECT_SECONDS)
        except (OwnerGoneError, QueryError):
            return False
        return hello.get("instance_id") == self._instance_id and not hello.get("closing")

    def status(self, timeout_seconds: float = 30.0) -> dict[str, Any]:
        """Return what the engines say of themselves."""
        return self._json("GET", "/benchwire/status", timeout_seconds=timeout_seconds)

    def wait_stored(self, timeout_seconds: float) -> bool:
        """Wait until everything published before this call is stored."""
        answer = self._json(
            "POST",
            "/benchwire/wait-stored",
            {"timeout_seconds": timeout_seconds},
            timeout_seconds=timeout_seconds + CONNECT_SECONDS,
        )
        return bool(answer.get("stored"))

    def apply_prices(self, text: str, name: str) -> bool:
        """Put a price book into effect; False if it was before."""
        body = {"text": text, "name": name}
        answer = self._json("POST", "/benchwire/prices", body, timeout_seconds=PRICES_SECONDS)
        return bool(answer.get("changed"))

    def stop(self) -> None:
        """Ask the daemon to stop."""
        self._json("POST", "/benchwire/stop", {}, timeout_seconds=CONNECT_SECONDS)

    def lease(self) -> HTTPResponse:
        """Hold the engines: their owner stays at least until the answer is closed."""
        return self._open("GET", "/benchwire/lease", None, CONNECT_SECONDS)

    def query(
        self,
        sql: str,
        output_format: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Iterator[bytes]:
        """Yield the answer block by block; the time limit is the endpoint's."""
        arguments = {
            "default_format": output_format,
            **{f"param_{name}": value for name, value in (params or {}).items()},
            **(settings or {}),
        }
        response = self._open("POST", "/?" + urlencode(arguments), sql.encode(), None)
        tail = b""
        with contextlib.closing(response):
            try:
                while block := response.read1(BLOCK_BYTES):
                    tail = (tail + block)[-TAIL_BYTES:]
                    yield block
            except (HTTPException, OSError) as error:
                raise _broken(tail, error) from error

    def _json(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout_seconds: float,
    ) -> dict[str, Any]:
        encoded = None if body is None else json.dumps(body).encode()
        try:
            with contextlib.closing(self._open(method, path, encoded, timeout_seconds)) as response:
                content: dict[str, Any] = json.loads(response.read())
        except (HTTPException, OSError, ValueError) as error:
            raise _gone(error) from error
        return content

    def _open(
        self, method: str, path: str, body: bytes | None, timeout_seconds: float | None
    ) -> HTTPResponse:
        connection = HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
            connection.sock.settimeout(timeout_seconds)
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            refusal = _refusal(response)
        except (HTTPException, OSError) as error:
            connection.close()
            raise _gone(error) from error
        except BaseException:
            connection.close()
            raise
        if refusal is not None:
            connection.close()
            raise refusal
        return response


def _refusal(response: HTTPResponse) -> EmbeddedError | None:
    if response.status == OK:
        return None
    if response.status == CLOSING:
        return _gone(None)
    text = response.read().decode("utf-8", "replace").strip()
    code = int(response.headers.get("X-ClickHouse-Exception-Code") or 0)
    if text.startswith("{"):
        problem: dict[str, Any] = json.loads(text)
        return QueryError(
            str(problem.get("error")),
            code=code,
            status=response.status,
            hint=str(problem.get("hint", "")),
        )
    _, _, message = text.partition("DB::Exception: ")
    return QueryError(message or text, code=code, status=response.status)


def _broken(tail: bytes, error: Exception) -> EmbeddedError:
    """Tell a query that failed half way (the text ends with the reason) from a lost endpoint."""
    text = tail.decode("utf-8", "replace")
    found = REASON.search(text)
    if isinstance(error, IncompleteRead) and found:
        message = f"the answer is incomplete: {found[2].strip()}"
        return QueryError(message, code=int(found[1]), status=500)
    return _gone(error)


def _gone(error: Exception | None) -> OwnerGoneError:
    detail = f": {error}" if error is not None and str(error) else ""
    return OwnerGoneError(
        f"the process that runs the engines does not answer{detail}",
        hint="run the command again; see `benchwire status`",
    )

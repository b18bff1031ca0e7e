"""The SQL endpoint in writable mode: everything of it but the gates. It exists in tests only.

What ships always runs `QueryRunner`; here the same application gets a runner that admits every
statement and inserts, so that the consumer's sink over HTTP meets the real server.
"""

import contextlib
import re
from collections.abc import Generator
from types import TracebackType
from typing import Any, Self

from tests.support.nats import free_port

from benchwire.embedded.endpoint.app import EndpointApp
from benchwire.embedded.endpoint.execution import (
    Plan,
    Running,
    RunningQuery,
    prepare,
    query_error,
)
from benchwire.embedded.endpoint.formats import OutputFormats
from benchwire.embedded.endpoint.gate import Gate, QueryRequest
from benchwire.embedded.endpoint.limits import TRANSPORT
from benchwire.embedded.endpoint.presence import Presence
from benchwire.embedded.endpoint.server import EndpointServer
from benchwire.embedded.row_file import RowFile
from benchwire.embedded.store import ChdbStore

TOKEN = "s3cret"
BODY_BYTES_MAX = 256 * 1024 * 1024
QUERIES_CONCURRENT_MAX = 4
INSERT = re.compile(r"\s*INSERT\s+INTO\s+(.*?)\s+FORMAT\s+(\w+)\s*", re.IGNORECASE)


class WritableEndpoint:
    """Serves one store on loopback while the block runs."""

    def __init__(self, store: ChdbStore, port: int = 0) -> None:
        self._app = EndpointApp(
            store=store,
            runner=WritingRunner(store),
            operations=NoOperations(),
            presence=Presence(),
            token=TOKEN,
            instance_id="tests",
            queries_concurrent_max=QUERIES_CONCURRENT_MAX,
            body_bytes_max=BODY_BYTES_MAX,
        )
        self._server = EndpointServer(self._app.application(), port or free_port())
        self.port = self._server.port

    def url(self, database: str) -> str:
        """What the consumer's `clickhouse_url` would be."""
        return f"http://somebody:{TOKEN}@127.0.0.1:{self.port}/{database}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._app.cancel_running()
        self._server.stop()
        self._app.shutdown()


class WritingRunner:
    """Runs whatever comes, with whatever settings."""

    def __init__(self, store: ChdbStore) -> None:
        self._store = store
        self._gate = Gate(store)
        self._formats = OutputFormats(
            store.control("SELECT name FROM system.formats WHERE is_output")
        )

    def start(self, request: QueryRequest) -> Running:
        """Begin a statement or an insert."""
        settings = {
            name: value
            for name, value in request.settings.items()
            if name not in TRANSPORT and not name.startswith("param_")
        }
        if insert := INSERT.fullmatch(request.sql):
            return RunningInsert(self._store, request, settings, insert)
        described = self._gate.describe(request.sql)
        output_format = self._formats.canonical(described.own_format or request.default_format)
        return RunningQuery(self._store, request, Plan(output_format, False, settings))


class RunningInsert:
    """An insert whose rows have arrived."""

    output_format = "Null"

    def __init__(
        self,
        store: ChdbStore,
        request: QueryRequest,
        settings: dict[str, str],
        insert: re.Match[str],
    ) -> None:
        self.summary: dict[str, str] = {}
        self._store = store
        self._request = request
        self._settings = settings
        self._table, self._input_format = insert.groups()

    def blocks(self) -> Generator[bytes]:
        """Insert; the answer has no bytes."""
        closing = contextlib.closing
        with closing(self._store.handle()) as handle, closing(RowFile()) as rows:
            try:
                prepare(handle, self._request.database, self._settings)
                rows.insert(handle, self._table, self._input_format, self._request.data)
            except RuntimeError as error:
                raise query_error(str(error)) from error
        yield b""

    def cancel(self) -> None:
        """Inserts run to their end."""


class NoOperations:
    """There are no engines beside the store."""

    def status(self) -> dict[str, Any]:
        """Say nothing."""
        return {}

    def wait_stored(self, timeout_seconds: float) -> bool:
        """Nothing is on its way."""
        return timeout_seconds >= 0

"""The SQL endpoint in writable mode: everything of it but the gates. It exists in tests only.

What ships always runs `QueryRunner`; here the same application gets a runner that admits every
statement and inserts, so that the consumer's sink over HTTP meets the real server.
"""

import contextlib
import re
from collections.abc import Generator

from tests.support.served_endpoint import ServedEndpoint

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
from benchwire.embedded.endpoint.progress import Progress
from benchwire.embedded.row_file import RowFile
from benchwire.embedded.store import ChdbStore

BODY_BYTES_MAX = 256 * 1024 * 1024
INSERT = re.compile(r"\s*INSERT\s+INTO\s+(.*?)\s+FORMAT\s+(\w+)\s*", re.IGNORECASE)


def writable_endpoint(store: ChdbStore, port: int = 0) -> ServedEndpoint:
    """Serve one store, inserts and all, while the block runs."""
    return ServedEndpoint(store, WritingRunner(store), port=port, body_bytes_max=BODY_BYTES_MAX)


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
        self.progress = Progress()
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

"""Run one admitted query on a handle of its own, in blocks, so that it can be cancelled."""

import contextlib
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from benchwire.embedded.endpoint.formats import (
    OutputFormats,
    has_header,
    header_bytes,
    is_streamed,
)
from benchwire.embedded.endpoint.gate import Gate, QueryRequest
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.endpoint.native_blocks import at_version
from benchwire.embedded.endpoint.progress import BlockCount, Progress
from benchwire.embedded.endpoint.switches import is_on, number
from benchwire.embedded.engine_handle import EngineHandle, blocks_of
from benchwire.embedded.errors import QueryError
from benchwire.embedded.store import DATABASE, ChdbStore

STATUS_BY_CODE = {
    36: 400,
    43: 400,
    46: 404,
    47: 404,
    53: 400,
    60: 404,
    62: 400,
    73: 404,
    81: 404,
    158: 403,
    159: 408,
    164: 403,
    167: 400,
    168: 400,
    306: 400,
    394: 499,
    396: 413,
    452: 403,
    456: 400,
    457: 400,
    497: 403,
}
"""HTTP status of a ClickHouse error code; all others are 500."""

_ERROR = re.compile(r"Code: (\d+)\. DB::Exception: (.*)", re.DOTALL)
_REPEATED_ENDINGS = re.compile(r"(?: \(version [\d.]+\)\. \([A-Z_]+\))+$")


class Running(Protocol):
    """A statement whose answer is being read."""

    output_format: str
    progress: Progress
    """How far it is; complete once the last block is out."""

    def blocks(self) -> Generator[bytes]:
        """Yield the answer; the first step raises `QueryError` for what fails before any byte."""
        ...

    def cancel(self) -> None:
        """End the statement; harmless when it has ended."""
        ...


class Runner(Protocol):
    """What the HTTP application hands its requests to."""

    def start(self, request: QueryRequest) -> Running:
        """Admit a request; nothing runs before its first block is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How an admitted query is run."""

    output_format: str
    is_streamed: bool
    settings: Mapping[str, str]
    native_version: int = 0
    """Protocol version that Native is written for."""
    reports_progress: bool = False
    """Whether somebody looks at `progress` while the query runs."""


class RunningQuery:
    """A query whose answer is being read; `close` must follow, from any thread.

    `blocks` runs in worker threads. `cancel` may come from another thread at any time: the engine
    then ends the statement within milliseconds, and `blocks` raises or stops.
    """

    def __init__(self, store: ChdbStore, request: QueryRequest, plan: Plan) -> None:
        self.output_format = plan.output_format
        self.progress = Progress()
        self._store = store
        self._request = request
        self._plan = plan
        self._mark = f"benchwire-query-{uuid4().hex}"
        self._cancelled = False
        self._handle: EngineHandle | None = None

    def blocks(self) -> Generator[bytes]:
        """Yield the answer; the first step raises `QueryError` for what fails before any byte."""
        try:
            handle = self._prepared_handle()
            if self._plan.is_streamed:
                yield from self._streamed(handle)
            else:
                yield self._whole(handle)
        except RuntimeError as error:
            raise query_error(str(error)) from error
        finally:
            self.close()

    def cancel(self) -> None:
        """End the statement; harmless when it has ended."""
        self._cancelled = True
        if self._handle is None:
            return
        with contextlib.suppress(RuntimeError):
            # The engine gives no id to handles of ours; the comment on the handle is the name.
            self._store.control(
                "KILL QUERY WHERE Settings['log_comment'] = {mark:String} ASYNC",
                {"mark": self._mark},
            )

    def close(self) -> None:
        """Give the handle back."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()

    def _prepared_handle(self) -> EngineHandle:
        if self._cancelled:
            raise QueryError("Query was cancelled. (QUERY_WAS_CANCELLED)", code=394, status=499)
        handle = self._handle = self._store.handle()
        settings = {"log_comment": self._mark, **self._plan.settings}
        prepare(handle, self._request.database, settings)
        if self._plan.reports_progress:
            handle.set_progress_callback(self.progress.observe)
        return handle

    def _streamed(self, handle: EngineHandle) -> Iterator[bytes]:
        first, count = True, BlockCount(self.progress)
        params = dict(self._request.params)
        with handle.send_query(self._request.sql, self.output_format, params=params) as stream:
            for block in blocks_of(handle, stream):
                body = block.bytes() or b""
                count.add(block, len(body))
                if not body:
                    continue
                if not first and has_header(self.output_format):
                    body = body[header_bytes(body, self.output_format) :]
                first = False
                yield at_version(body, self._plan.native_version, is_one=True)

    def _whole(self, handle: EngineHandle) -> bytes:
        params = dict(self._request.params)
        result = handle.query(self._request.sql, self.output_format, params=params)
        body = result.bytes() or b""
        BlockCount(self.progress).add(result, len(body))
        return at_version(body, self._plan.native_version, is_one=False)


class QueryRunner:
    """Admits and starts queries against one store."""

    def __init__(self, store: ChdbStore, limits: QueryLimits) -> None:
        self._store = store
        self._limits = limits
        self._gate = Gate(store)
        names = store.control("SELECT name FROM system.formats WHERE is_output")
        self._formats = OutputFormats(names)

    def start(self, request: QueryRequest) -> RunningQuery:
        """Admit a query; nothing runs before its first block is asked for."""
        admitted = self._gate.admit(request)
        output_format = self._formats.canonical(admitted.own_format or request.default_format)
        streamed = admitted.is_select and is_streamed(output_format)
        settings = self._limits.engine_settings(request.settings, streamed=streamed)
        if not admitted.is_settings_handshake:
            # Last: nothing can be written after it. Under 1 the engine would ignore, silently, what
            # views set for themselves (analyzer_inline_views), and plan for twice as long.
            settings["readonly"] = "2"
        version = int(number(request.settings, "client_protocol_version", 0))
        plan = Plan(
            output_format,
            streamed,
            settings,
            native_version=version if output_format == "Native" else 0,
            reports_progress=is_on(request.settings, "send_progress_in_http_headers"),
        )
        return RunningQuery(self._store, request, plan)


def prepare(handle: EngineHandle, database: str, settings: Mapping[str, str]) -> None:
    """Give a fresh handle its database and settings."""
    if database != DATABASE:
        handle.query("USE {d:Identifier}", "Null", params={"d": database})
    if settings:
        handle.query("SET " + ", ".join(f"{name} = {_quoted(v)}" for name, v in settings.items()))


def query_error(text: str) -> QueryError:
    """Turn an engine's exception text into an error with its code and HTTP status."""
    found = _ERROR.search(text)
    if found is None:
        return QueryError(text.strip(), code=1002, status=500)
    code = int(found[1])
    message = found[2].strip().rpartition("Code: ")[2]
    message = message.partition("DB::Exception: ")[2] or message
    message = _REPEATED_ENDINGS.sub("", message)
    return QueryError(message, code=code, status=STATUS_BY_CODE.get(code, 500))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

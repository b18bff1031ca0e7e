"""What we use of chDB, with types: its own annotations stop at the compiled engine."""

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Protocol, Self, cast

from benchwire.embedded.errors import EngineMissingError


class Result(Protocol):
    """A finished answer, or one block of a streamed one."""

    def bytes(self) -> bytes | None:
        """Return the formatted rows."""
        ...

    def rows_read(self) -> int:
        """Return the number of rows of the answer."""
        ...

    def storage_rows_read(self) -> int:
        """Return the number of rows read from tables."""
        ...

    def storage_bytes_read(self) -> int:
        """Return the number of bytes read from tables."""
        ...

    def elapsed(self) -> float:
        """Return seconds."""
        ...


class ResultStream(Protocol):
    """A streamed answer; leaving it early cancels the statement."""

    _result: Any

    def __iter__(self) -> Iterator[Result]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class EngineHandle(Protocol):
    """One connection; runs one statement at a time."""

    _conn: Any

    def query(
        self,
        query: str,
        output_format: str = ...,
        /,
        params: Mapping[str, str] | None = ...,
    ) -> Result:
        """Run a statement and return its whole answer."""
        ...

    def send_query(
        self,
        query: str,
        output_format: str = ...,
        /,
        params: Mapping[str, str] | None = ...,
    ) -> ResultStream:
        """Run a statement and return its answer block by block."""
        ...

    def set_progress_callback(self, callback: Callable[[Mapping[str, int]], None]) -> None:
        """Have counters told about ten times a second while statements run, from their thread."""
        ...

    def close(self) -> None:
        """End the connection; waits for a statement that still runs."""
        ...


def engine_connect() -> Callable[[str], EngineHandle]:
    """Load the engine and return its function `connect`."""
    try:
        # Half a gigabyte of library: loaded when a store is opened, not when this module is.
        from chdb.state import sqlitelike  # noqa: PLC0415
    except ImportError as error:
        raise EngineMissingError(
            "chDB is not installed",
            hint="install the embedded engines: pip install 'benchwire[embedded]'",
        ) from error
    return cast("Callable[[str], EngineHandle]", sqlitelike.connect)


def blocks_of(handle: EngineHandle, stream: ResultStream) -> Iterator[Result]:
    """Yield the blocks of a streamed answer, and at last the one without rows that ends it.

    chDB's own iterator keeps that one back, and with it the header of an answer without rows: the
    bytes of the last block are what the engine writes for no rows if there were none, else empty.
    """
    n_rows = 1
    while n_rows:
        block: Result = handle._conn.streaming_fetch_result(stream._result)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        n_rows = block.rows_read()
        yield block


def classify(handle: EngineHandle, sql: str, database: str) -> tuple[str, int]:
    """Return the engine's class of a text (READ_ONLY, …, UNKNOWN) and its number of statements.

    A private binding, and the only way to ask the engine's own parser; the engine's version is
    pinned for this reason.
    """
    answer: dict[str, Any] = handle._conn.classify_query(sql, database)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return str(answer["query_class"].name), int(answer["statement_count"])

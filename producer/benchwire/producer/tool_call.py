"""Records one tool call as a context manager: measures it, and tells how it ended."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from benchwire.schemas.hashing import document_hash
from benchwire.schemas.redaction import Redactor

if TYPE_CHECKING:
    from typing import Unpack

    from benchwire.schemas.fields import ToolCallFields


class ToolCallRecorder:
    """Emits one ``tool_call`` when the block is left.

    ``latency_ms`` is the time spent in the block. An exception makes the call failed and goes
    on to the caller. :meth:`record` adds what only the caller knows, e.g. the exit code::

        with run.tool_call("bash", arguments={"command": "make test"}) as call:
            done = subprocess.run(...)
            call.record(exit_code=done.returncode, result=done.stdout)
    """

    def __init__(
        self,
        emit: Callable[[dict[str, Any], str | None], str | None],
        redactor: Redactor,
        fields: dict[str, Any],
        step_id: str | None,
    ) -> None:
        self._emit = emit
        self._redactor = redactor
        self._fields = fields
        self._step_id = step_id
        self._began_ns = 0
        self.event_id: str | None = None
        """Id of the event, once the block was left; None if it was lost."""

    def record(self, **fields: "Unpack[ToolCallFields]") -> None:
        """Add or replace fields of the event."""
        self._fields.update(fields)

    def __enter__(self) -> Self:
        self._began_ns = time.perf_counter_ns()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        fields = self._fields
        fields.setdefault("latency_ms", (time.perf_counter_ns() - self._began_ns) / 1e6)
        if error is not None:
            fields.setdefault("error", f"{error}")
            fields.setdefault("error_code", type(error).__name__)
            fields.setdefault("exit_kind", _exit_kind(error))
        fields.setdefault("failed", error is not None)
        self._fill_in()
        self.event_id = self._emit(fields, self._step_id)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def _fill_in(self) -> None:
        """Derive what follows from other fields."""
        fields = self._fields
        exit_code, result, arguments = (
            fields.get(name) for name in ("exit_code", "result", "arguments")
        )
        if exit_code is not None:
            fields.setdefault("nonzero_exit", exit_code != 0)
        if isinstance(result, str):
            fields.setdefault("result_chars", len(result))
            fields.setdefault("result_bytes", len(result.encode("utf-8", "replace")))
        if isinstance(arguments, Mapping) and "args_hash" not in fields:
            try:
                fields["args_hash"] = document_hash(self._redactor.document(arguments))
            except ValueError:
                return  # Not JSON: emit says so.


def _exit_kind(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, MemoryError):
        return "oom"
    return "system_error"

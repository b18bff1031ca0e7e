"""Send a running query's answer, and end the query when nobody waits for it any more."""

import asyncio
import secrets
import time
from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from benchwire.embedded.endpoint.compression import Encoder
from benchwire.embedded.endpoint.exception_text import (
    error_answer,
    exception_behind_rows,
    exception_text,
)
from benchwire.embedded.endpoint.execution import Running
from benchwire.embedded.endpoint.formats import content_type
from benchwire.embedded.endpoint.open_head import OpenHead
from benchwire.embedded.endpoint.progress import INTERVAL_MS, pause_seconds
from benchwire.embedded.errors import QueryError

CANCEL_SECONDS = 0.2
"""A cancellation that came before the engine knew the statement is repeated this often."""

STALL_SECONDS = 120.0
"""A client that takes nothing for so long is taken for gone; its query holds memory and a place."""

CUT_SECONDS = 0.5

HELD_BYTES = 1 << 20
"""As with ClickHouse the head waits for so much of the answer: an error among it has its own
status, and the summary of a short answer is complete."""

TOO_MANY_BYTES = 396
log = structlog.get_logger("benchwire.embedded.endpoint")


class AnswerBroken(ConnectionError):  # noqa: N818  # a fact about the connection
    """The query failed after the first byte was sent: the connection is cut, not ended."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a client wants its answer sent."""

    is_framed: bool = False
    """The client reads ClickHouse's own compression, errors included."""
    held_bytes_max: int | None = None
    """Hold the whole answer back until the query has ended, if it is not larger than this."""
    progress_interval_ms: float = INTERVAL_MS
    head: OpenHead | None = None
    """Where progress is to be sent, if it is."""


class QueryAnswer(Response):
    """Streams the blocks of one query; a client that leaves cancels it."""

    def __init__(
        self,
        query: Running,
        workers: Executor,
        headers: dict[str, str],
        encoder: Encoder,
        wishes: Wishes,
    ) -> None:
        super().__init__()
        self._query = query
        self._encoder = encoder
        self._workers = workers
        self._wishes = wishes
        # Rows cannot be told from an error that follows them, but nobody can guess this.
        self._tag = secrets.token_hex(8)
        self._own_headers = headers
        self._leaving: asyncio.Future[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or as much as the client stays for."""
        blocks = self._query.blocks()
        self._leaving = leaving = asyncio.ensure_future(left(receive))
        sending = asyncio.ensure_future(self._send_all(blocks, scope, receive, send))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Nobody waits any more, or the server stops: the statement must end before the
            # handle is given back.
            while not sending.done():
                await asyncio.to_thread(self._query.cancel)
                await asyncio.wait({sending}, timeout=CANCEL_SECONDS)
            abandoned = leaving.done()
            leaving.cancel()
            await self._in_worker(_close, blocks)
        error = sending.exception()
        if error is not None and not abandoned:
            raise error

    async def _send_all(
        self, blocks: Generator[bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        holding = asyncio.ensure_future(self._in_worker(self._held, blocks))
        head = await self._told_progress(holding, send)
        try:
            held, has_more = await holding
        except QueryError as error:
            await self._refuse(error, head, scope, receive, send)
            return
        if head is None:
            await send(self._start(summarised=True))
        else:
            head.add("X-ClickHouse-Summary", self._query.progress.summary())
        await _send_body(send, held)
        try:
            while has_more and (block := await self._in_worker(self._next, blocks)) is not None:
                await _send_body(send, block)
        except QueryError as error:
            raise await self._broken_off(send, error) from error
        await _send_body(send, self._encoder.end(), more=False)

    async def _told_progress(self, holding: asyncio.Future[Any], send: Send) -> OpenHead | None:
        """Send progress while nothing else is there to send; return the head if it was begun."""
        head, began = self._wishes.head, time.monotonic()
        if head is None or await self._comes_in_time(holding, 0.0):
            return None
        head.keep_open()
        await send(self._start(summarised=False))
        while not holding.done():
            head.add("X-ClickHouse-Progress", self._query.progress.line())
            await self._comes_in_time(holding, time.monotonic() - began)
        return head

    async def _comes_in_time(self, holding: asyncio.Future[Any], elapsed_seconds: float) -> bool:
        pause = pause_seconds(self._wishes.progress_interval_ms, elapsed_seconds)
        await asyncio.wait({holding}, timeout=pause)
        return holding.done()

    async def _refuse(
        self, error: QueryError, head: OpenHead | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if head is None:
            answer = error_answer(error, self._own_headers, is_framed=self._wishes.is_framed)
            await answer(scope, receive, send)
            return
        # Only the status is gone; clients that ask for progress look at this header, too.
        head.add("X-ClickHouse-Exception-Code", str(error.code))
        text = self._encoder.encode(exception_text(error)) + self._encoder.end()
        await _send_body(send, text, more=False)

    async def _broken_off(self, send: Send, error: QueryError) -> AnswerBroken:
        """End with the reason, as ClickHouse does when the status is gone."""
        log.info("answer_cut", query_id=self._own_headers.get("X-ClickHouse-Query-Id"))
        text = exception_behind_rows(error, self._tag)
        await _send_body(send, self._encoder.encode(text) + self._encoder.end())
        # Clients that unpack in the background must see the reason before the cut.
        if self._leaving is not None:
            await asyncio.wait({self._leaving}, timeout=CUT_SECONDS)
        return AnswerBroken(str(error))

    def _held(self, blocks: Generator[bytes]) -> tuple[bytes, bool]:
        """Return the beginning of the answer, and whether there may be more."""
        limit = self._wishes.held_bytes_max
        held: list[bytes] = []
        size = 0
        for block in blocks:
            held.append(block)
            size += len(block)
            if limit is None and size >= HELD_BYTES:
                return self._encoded(held), True
            if limit is not None and size > limit:
                raise QueryError(
                    f"the answer is larger than the {limit} bytes that wait_end_of_query=1 can "
                    "hold back. (TOO_MANY_ROWS_OR_BYTES)",
                    code=TOO_MANY_BYTES,
                    status=413,
                )
        return self._encoded(held), False

    def _encoded(self, blocks: list[bytes]) -> bytes:
        # Not before: what an error throws away must have left no trace in the encoder.
        return b"".join(map(self._encoder.encode, blocks))

    def _next(self, blocks: Generator[bytes]) -> bytes | None:
        block = next(blocks, None)
        return None if block is None else self._encoder.encode(block)

    def _start(self, *, summarised: bool) -> Message:
        headers = {
            **self._own_headers,
            "X-ClickHouse-Format": self._query.output_format,
            "X-ClickHouse-Exception-Tag": self._tag,
            "Content-Type": content_type(self._query.output_format),
            **self._encoder.headers,
        }
        if summarised:
            headers["X-ClickHouse-Summary"] = self._query.progress.summary()
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        return {"type": "http.response.start", "status": 200, "headers": raw}

    async def _in_worker(self, function: Any, *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, function, *arguments)


async def _send_body(send: Send, body: bytes, *, more: bool = True) -> None:
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except TimeoutError as error:
        log.warning("answer_abandoned", reason=f"nothing was read for {STALL_SECONDS:g} s")
        raise AnswerBroken("the client stopped reading") from error


def _close(blocks: Generator[bytes]) -> None:
    blocks.close()


async def left(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass

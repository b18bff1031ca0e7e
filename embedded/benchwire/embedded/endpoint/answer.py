"""Send a running query's answer, and end the query when nobody waits for it any more."""

import asyncio
import json
from collections.abc import Generator
from concurrent.futures import Executor
from typing import Any

import structlog
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from benchwire.embedded.endpoint.compression import Encoder
from benchwire.embedded.endpoint.execution import Running
from benchwire.embedded.endpoint.formats import content_type
from benchwire.embedded.errors import QueryError

CANCEL_SECONDS = 0.2
"""A cancellation that came before the engine knew the statement is repeated this often."""

STALL_SECONDS = 120.0
"""A client that takes nothing for so long is taken for gone; its query holds memory and a place."""

log = structlog.get_logger("benchwire.embedded.endpoint")


class AnswerBroken(ConnectionError):  # noqa: N818  # a fact about the connection
    """The query failed after the first byte was sent: the connection is cut, not ended."""


class QueryAnswer(Response):
    """Streams the blocks of one query; a client that leaves cancels it."""

    def __init__(
        self, query: Running, workers: Executor, headers: dict[str, str], encoder: Encoder
    ) -> None:
        super().__init__()
        self._query = query
        self._encoder = encoder
        self._workers = workers
        self._own_headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or as much as the client stays for."""
        blocks = self._query.blocks()
        sending = asyncio.ensure_future(self._send_all(blocks, scope, receive, send))
        leaving = asyncio.ensure_future(_left(receive))
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
        try:
            block = await self._in_worker(self._next, blocks)
        except QueryError as error:
            await error_answer(error, self._own_headers)(scope, receive, send)
            return
        await send(self._start())
        try:
            while block is not None:
                await _send_body(send, block)
                block = await self._in_worker(self._next, blocks)
        except QueryError as error:
            # The status is gone; as ClickHouse does, the text ends with the reason.
            log.info("answer_cut", query_id=self._own_headers.get("X-ClickHouse-Query-Id"))
            text = f"\nCode: {error.code}. DB::Exception: {error}\n".encode()
            await _send_body(send, self._encoder.encode(text) + self._encoder.end())
            raise AnswerBroken(str(error)) from error
        await _send_body(send, self._encoder.end(), more=False)

    def _next(self, blocks: Generator[bytes]) -> bytes | None:
        block = next(blocks, None)
        return None if block is None else self._encoder.encode(block)

    def _start(self) -> Message:
        headers = {
            **self._own_headers,
            "X-ClickHouse-Format": self._query.output_format,
            "X-ClickHouse-Summary": json.dumps(self._query.summary),
            "Content-Type": content_type(self._query.output_format),
            **self._encoder.headers,
        }
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        return {"type": "http.response.start", "status": 200, "headers": raw}

    async def _in_worker(self, function: Any, *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, function, *arguments)


def error_answer(error: QueryError, headers: dict[str, str]) -> Response:
    """Return an error as ClickHouse writes it: text, code and status."""
    extra = {"X-ClickHouse-Exception-Code": str(error.code)}
    if error.status == 401:  # noqa: PLR2004  # the one status that invites credentials
        extra["WWW-Authenticate"] = 'Basic realm="Benchwire SQL"'
    text = f"Code: {error.code}. DB::Exception: {error}\n"
    return PlainTextResponse(text, error.status, headers={**headers, **extra})


async def _send_body(send: Send, body: bytes, *, more: bool = True) -> None:
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except TimeoutError as error:
        log.warning("answer_abandoned", reason=f"nothing was read for {STALL_SECONDS:g} s")
        raise AnswerBroken("the client stopped reading") from error


def _close(blocks: Generator[bytes]) -> None:
    blocks.close()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

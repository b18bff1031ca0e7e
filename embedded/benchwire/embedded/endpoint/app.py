"""The HTTP application: SQL for everybody who has the token, and a few routes for our own CLI."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from benchwire.embedded.endpoint.answer import QueryAnswer, Wishes
from benchwire.embedded.endpoint.browser_guard import BrowserGuard
from benchwire.embedded.endpoint.compression import answer_encoder
from benchwire.embedded.endpoint.deep_threads import deep_executor
from benchwire.embedded.endpoint.exception_text import error_answer
from benchwire.embedded.endpoint.execution import Runner, Running
from benchwire.embedded.endpoint.gate import QueryRequest
from benchwire.embedded.endpoint.lease import Lease
from benchwire.embedded.endpoint.native_frames import Framed
from benchwire.embedded.endpoint.open_head import open_head
from benchwire.embedded.endpoint.presence import Presence
from benchwire.embedded.endpoint.private_bodies import price_book_of, timeout_seconds_of
from benchwire.embedded.endpoint.progress import INTERVAL_MS
from benchwire.embedded.endpoint.request import BODY_BYTES_MAX, authorise, read_query
from benchwire.embedded.endpoint.switches import is_on, number
from benchwire.embedded.errors import QueryError
from benchwire.embedded.store import ChdbStore
from benchwire.schemas.errors import BenchwireError

CLOSING = 503
DISPLAY_NAME = "benchwire"
TURN_SECONDS = 30.0
"""How long a query waits for one of the places that others take."""
TOO_MANY_QUERIES = 202
HELD_BYTES_MAX = 512 * 1024 * 1024

Handler = Callable[[Request], Awaitable[Response]]


class Operations(Protocol):
    """What the private routes ask of the engines; called in worker threads."""

    def status(self) -> dict[str, Any]:
        """Describe the engines."""
        ...

    def wait_stored(self, timeout_seconds: float) -> bool:
        """Wait until everything published so far is stored."""
        ...

    def apply_prices(self, text: str, name: str) -> bool:
        """Put a price book in the place of the override; an empty text ends it."""
        ...


class EndpointApp:
    """Builds the application; owns the threads that queries run in."""

    def __init__(  # noqa: PLR0913  # assembled once, by name
        self,
        *,
        store: ChdbStore,
        runner: Runner,
        operations: Operations,
        presence: Presence,
        token: str,
        instance_id: str,
        queries_concurrent_max: int,
        body_bytes_max: int = BODY_BYTES_MAX,
        held_bytes_max: int = HELD_BYTES_MAX,
    ) -> None:
        self._runner = runner
        self._operations = operations
        self._presence = presence
        self._token = token
        self._instance_id = instance_id
        self._body_bytes_max = body_bytes_max
        self._held_bytes_max = held_bytes_max
        self._headers = {
            "X-ClickHouse-Server-Display-Name": DISPLAY_NAME,
            "X-ClickHouse-Timezone": store.timezone,
        }
        self._running: set[Running] = set()
        self._places = asyncio.Semaphore(queries_concurrent_max)
        self.workers = deep_executor(queries_concurrent_max, "query")
        # Admission and the private routes must not wait behind long queries.
        self.clerks = deep_executor(4, "clerk")

    def application(self) -> Starlette:
        """Return the ASGI application."""
        private = "/benchwire"
        application = Starlette(
            middleware=[Middleware(BrowserGuard)],
            routes=[
                Route("/", self._query, methods=["GET", "POST"]),
                Route("/ping", self._ping),
                Route("/replicas_status", self._ping),
                Route(f"{private}/hello", self._guarded(self._hello)),
                Route(f"{private}/status", self._guarded(self._status)),
                Route(f"{private}/lease", self._guarded(self._lease)),
                Route(f"{private}/wait-stored", self._guarded(self._wait_stored), methods=["POST"]),
                Route(f"{private}/prices", self._guarded(self._prices), methods=["POST"]),
                Route(f"{private}/stop", self._guarded(self._stop), methods=["POST"]),
            ],
        )
        application.router.redirect_slashes = False
        return application

    def cancel_running(self) -> None:
        """Cancel every running query; their clients are told."""
        for running in list(self._running):
            running.cancel()

    def shutdown(self) -> None:
        """End the threads; running statements must have been cancelled before."""
        self.workers.shutdown(wait=True)
        self.clerks.shutdown(wait=True)

    async def _ping(self, _request: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    async def _query(self, request: Request) -> Response:
        headers = dict(self._headers)
        try:
            authorise(request, self._token)
            query = await read_query(request, self._body_bytes_max)
            if query is None:
                return PlainTextResponse("Ok.\n", headers=headers)
            headers["X-ClickHouse-Query-Id"] = query.query_id
            running = await self._in_clerk(self._runner.start, query)
            wishes = self._wishes(request, query)
            encoder = answer_encoder(request.headers, query.settings)
            await self._take_place()
        except QueryError as error:
            is_framed = is_on(request.query_params, "compress")
            return error_answer(error, headers, is_framed=is_framed)
        if not self._presence.enter(lease=False):
            self._places.release()
            return PlainTextResponse("the engines are stopping\n", CLOSING)
        if wishes.is_framed:
            encoder = Framed(encoder)
        answer = QueryAnswer(running, self.workers, headers, encoder, wishes)
        return _Counted(answer, lambda: self._enter(running), lambda: self._leave(running))

    def _wishes(self, request: Request, query: QueryRequest) -> Wishes:
        asked = query.settings
        holds = is_on(asked, "wait_end_of_query")
        return Wishes(
            is_framed=is_on(asked, "compress"),
            held_bytes_max=self._held_bytes_max if holds else None,
            progress_interval_ms=number(asked, "http_headers_progress_interval_ms", INTERVAL_MS),
            head=open_head(request) if is_on(asked, "send_progress_in_http_headers") else None,
        )

    async def _take_place(self) -> None:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._places.acquire()
        except TimeoutError as error:
            raise QueryError(
                "other queries take all places; see queries_concurrent_max. "
                "(TOO_MANY_SIMULTANEOUS_QUERIES)",
                code=TOO_MANY_QUERIES,
                status=429,
            ) from error

    def _enter(self, running: Running) -> None:
        self._running.add(running)

    def _leave(self, running: Running) -> None:
        self._running.discard(running)
        self._places.release()
        self._presence.leave(lease=False)

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            try:
                authorise(request, self._token)
                return await handler(request)
            except QueryError as error:
                return error_answer(error, {})
            except BenchwireError as error:
                return JSONResponse({"error": str(error), "hint": error.hint}, 500)

        return guarded

    async def _hello(self, _request: Request) -> Response:
        closing = self._presence.is_closing
        return JSONResponse({"instance_id": self._instance_id, "closing": closing})

    async def _status(self, _request: Request) -> Response:
        return JSONResponse(await self._in_clerk(self._operations.status))

    async def _wait_stored(self, request: Request) -> Response:
        timeout = timeout_seconds_of(await request.body())
        stored = await self._in_clerk(self._operations.wait_stored, timeout)
        return JSONResponse({"stored": stored})

    async def _prices(self, request: Request) -> Response:
        text, name = await price_book_of(request)
        changed = await self._in_clerk(self._operations.apply_prices, text, name)
        return JSONResponse({"changed": changed})

    async def _stop(self, _request: Request) -> Response:
        self._presence.stop_asked.set()
        return JSONResponse({"stopping": True})

    async def _lease(self, _request: Request) -> Response:
        if not self._presence.enter(lease=True):
            return PlainTextResponse("the engines are stopping\n", CLOSING)
        return Lease(self._presence)

    async def _in_clerk(self, function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.clerks, function, *arguments)


class _Counted(Response):
    """A query's answer that is counted as running until it has been sent."""

    def __init__(
        self, answer: QueryAnswer, enter: Callable[[], None], leave: Callable[[], None]
    ) -> None:
        super().__init__()
        self._answer = answer
        self._enter = enter
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._enter()
        try:
            await self._answer(scope, receive, send)
        finally:
            self._leave()

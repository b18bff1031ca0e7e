"""`/healthz`, `/readyz` and `/metrics` over HTTP, on loopback unless told otherwise."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchwire.consumer.metrics import Metrics
from benchwire.consumer.readiness import Readiness

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """Leaves signals to the process it runs in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def health_app(readiness: Readiness, metrics: Metrics) -> Starlette:
    """Make the application; alive is whoever answers, ready is whoever stores."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        if readiness.is_ready:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "waiting", "for": readiness.missing}, status_code=503)

    async def metrics_page(_: Request) -> Response:
        return Response(metrics.exposition(), media_type=METRICS_CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics_page),
        ]
    )


@contextlib.asynccontextmanager
async def serve_health(app: Starlette, host: str, port: int | None) -> AsyncGenerator[int | None]:
    """Serve while the block runs, and yield the port; serves nothing when the port is None."""
    if port is None:
        yield None
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From here on a client is answered late instead of refused.
        listener.listen()
        bound = int(listener.getsockname()[1])
        server = _Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
        async with _serving(server, listener):
            log.info("health_served", host=host, port=bound)
            yield bound
    finally:
        listener.close()


@contextlib.asynccontextmanager
async def _serving(server: uvicorn.Server, listener: socket.socket) -> AsyncGenerator[None]:
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task

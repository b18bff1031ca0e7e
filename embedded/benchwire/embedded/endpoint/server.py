"""Serve the application on loopback from a thread with its own event loop."""

import asyncio
import logging
import socket
import threading

import uvicorn
from starlette.applications import Starlette

from benchwire.embedded.endpoint.answer import AnswerBroken
from benchwire.embedded.endpoint.open_head import OpenHeadProtocol
from benchwire.embedded.errors import EngineStartError
from benchwire.embedded.ports import LOOPBACK

BACKLOG = 128
GRACE_SECONDS = 2
"""How long open connections may finish once the server is told to stop."""


class EndpointServer:
    """A uvicorn server in a thread; the socket is bound before `start` returns."""

    def __init__(self, application: Starlette, port: int) -> None:
        self.port = port
        self._socket = _bound(port)
        config = uvicorn.Config(
            application,
            http=OpenHeadProtocol,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws="none",
        )
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        # In a thread of its own uvicorn leaves the process's signals alone.
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="sql-endpoint", daemon=False)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop to listen, give open connections a moment, end the thread."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out the answers we cut off ourselves; raising is how one cuts a connection."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, AnswerBroken)


def _bound(port: int) -> socket.socket:
    # Only a socket that says TCP gets TCP_NODELAY from asyncio; without it an answer on a kept
    # connection waits 40 ms for the acknowledgement of its header.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise EngineStartError(
            f"the SQL endpoint cannot listen on {LOOPBACK}:{port}: {error.strerror}",
            hint="choose another port with BENCHWIRE_SQL_PORT, or unset it",
        ) from error
    listener.listen(BACKLOG)
    return listener

"""Where a watcher reads: a stream, and a store for what the stream no longer holds."""

import contextlib
import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchwire.cli.stream_source import open_stream
from benchwire.embedded.client import EndpointClient
from benchwire.embedded.daemon import running_daemon
from benchwire.embedded.errors import OwnerGoneError
from benchwire.embedded.settings import EmbeddedSettings

if TYPE_CHECKING:
    from benchwire.analysis.live.snapshot import Ask


@dataclass(frozen=True, slots=True)
class Source:
    """Found anew for each connection and question, because both may move."""

    locate: Callable[[], Sequence[str]]
    nats_credentials: str | None
    ask: "Ask | None"
    """Answers SQL; None where nothing names the store beside a NATS server."""


@contextlib.contextmanager
def open_source(nats_url: str | None, clickhouse_url: str | None) -> Generator[Source]:
    """Yield the servers that are named, else the engines of the data directory."""
    with open_stream(nats_url) as stream:
        ask = _ask_server(clickhouse_url) if stream.is_server else _ask_daemon
        yield Source(stream.locate, stream.nats_credentials, ask)


def _ask_daemon(sql: str) -> list[tuple[Any, ...]]:
    """Ask whoever runs the engines at present, without holding them."""
    found = running_daemon(EmbeddedSettings())
    if found is None:
        raise OwnerGoneError("no engines run", hint="`benchwire up --detach` starts them")
    body = b"".join(EndpointClient(found).query(sql, "JSONCompact"))
    return [tuple(row) for row in json.loads(body)["data"]]


def _ask_server(clickhouse_url: str | None) -> "Ask | None":
    from benchwire.consumer.settings import ConsumerSettings  # noqa: PLC0415

    told = ConsumerSettings().clickhouse_url
    url = clickhouse_url or (told.get_secret_value() if told is not None else None)
    if url is None:
        return None
    # Loads the HTTP client of a server, which the data directory's engines do without.
    from benchwire.consumer.clickhouse_reader import server_query  # noqa: PLC0415

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with server_query(url) as query:
            return query(sql)

    return ask

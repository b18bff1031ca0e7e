"""Where a watcher reads: a stream, and a store for what the stream no longer holds."""

import contextlib
import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchwire.cli import output
from benchwire.embedded.client import EndpointClient
from benchwire.embedded.daemon import running_daemon
from benchwire.embedded.errors import OwnerGoneError
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import open_stack
from benchwire.producer.discovery import nats_urls
from benchwire.producer.settings import ProducerSettings

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
    """Yield the servers that are named, else the engines of the data directory.

    Engines that run stay those of their owner; where none run, they do for as long as this.
    """
    settings = ProducerSettings()
    url = nats_url if nats_url is not None else settings.nats_url
    credentials = str(settings.nats_credentials) if settings.nats_credentials else None

    def locate() -> Sequence[str]:
        return nats_urls(url, settings.data_dir)

    if url is not None:
        with _server_store(clickhouse_url) as ask:
            yield Source(locate, credentials, ask)
        return
    embedded = EmbeddedSettings()
    with contextlib.ExitStack() as opened:
        if running_daemon(embedded) is None:
            stack = opened.enter_context(open_stack(embedded, catch_up=False, announce=output.note))
            if stack.is_owner:
                output.note("no daemon runs here: the engines run for as long as this command does")
            else:
                # Another command's engines: it must not have to wait for one that never ends.
                opened.close()
        yield Source(locate, None, lambda sql: _asked_daemon(embedded, sql))


def _asked_daemon(settings: EmbeddedSettings, sql: str) -> list[tuple[Any, ...]]:
    """Ask whoever runs the engines at present, without holding them."""
    found = running_daemon(settings)
    if found is None:
        raise OwnerGoneError("no engines run", hint="`benchwire up --detach` starts them")
    body = b"".join(EndpointClient(found).query(sql, "JSONCompact"))
    return [tuple(row) for row in json.loads(body)["data"]]


@contextlib.contextmanager
def _server_store(clickhouse_url: str | None) -> "Generator[Ask | None]":
    from benchwire.consumer.settings import ConsumerSettings  # noqa: PLC0415

    told = ConsumerSettings().clickhouse_url
    url = clickhouse_url or (told.get_secret_value() if told is not None else None)
    if url is None:
        yield None
        return
    from benchwire.consumer.clickhouse_reader import server_query  # noqa: PLC0415

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with server_query(url) as query:
            return query(sql)

    yield ask

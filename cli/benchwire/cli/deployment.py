"""Where the pipeline is that a command looks at: the data directory's engines, or servers."""

import contextlib
import getpass
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from benchwire.cli import output
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.producer.settings import ProducerSettings
from benchwire.schemas.errors import BenchwireError


@dataclass(frozen=True, slots=True)
class Deployment:
    """A store to ask and a stream to write to."""

    query: Callable[[str], list[tuple[Any, ...]]]
    nats_url: str
    nats_credentials: str | None


@contextlib.contextmanager
def deployment() -> Generator[Deployment]:
    """Yield the servers of BENCHWIRE_NATS_URL and BENCHWIRE_CLICKHOUSE_URL, else the engines."""
    producer = ProducerSettings()
    if producer.nats_url is None:
        # Attaching is quick only without the libraries that a server's store needs.
        from benchwire.embedded.stack import open_stack  # noqa: PLC0415

        with open_stack(EmbeddedSettings(), announce=output.note) as stack:
            yield Deployment(stack.rows, stack.nats_url, None)
        return
    credentials = str(producer.nats_credentials) if producer.nats_credentials else None
    from benchwire.consumer.clickhouse_reader import server_query  # noqa: PLC0415
    from benchwire.consumer.settings import ConsumerSettings  # noqa: PLC0415

    store_url = ConsumerSettings().clickhouse_url
    if store_url is None:
        raise BenchwireError(
            "BENCHWIRE_NATS_URL names a server, but nothing names the ClickHouse beside it",
            hint="set BENCHWIRE_CLICKHOUSE_URL, or unset BENCHWIRE_NATS_URL for the data directory",
        )
    with server_query(store_url.get_secret_value()) as query:
        yield Deployment(query, producer.nats_url, credentials)


def this_person() -> str:
    """Name who gives a command, for records of what people did."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"

"""Where the stream is that a command follows: a server, or the engines of the data directory."""

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from benchwire.cli import output
from benchwire.embedded.daemon import running_daemon
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import open_stack
from benchwire.producer.discovery import nats_urls
from benchwire.producer.settings import ProducerSettings


@dataclass(frozen=True, slots=True)
class StreamSource:
    """Asked anew for each connection, because the server may move."""

    locate: Callable[[], Sequence[str]]
    nats_credentials: str | None
    is_server: bool
    """Whether a server is named; else the data directory's daemon is meant."""


@contextlib.contextmanager
def open_stream(nats_url: str | None = None) -> Generator[StreamSource]:
    """Yield the server that is named, or by BENCHWIRE_NATS_URL, else the data directory's engines.

    Engines that run stay those of their owner; where none run, they do for as long as this.
    """
    settings = ProducerSettings()
    url = nats_url if nats_url is not None else settings.nats_url
    credentials = str(settings.nats_credentials) if settings.nats_credentials else None

    def locate() -> Sequence[str]:
        return nats_urls(url, settings.data_dir)

    source = StreamSource(locate, credentials, url is not None)
    with contextlib.ExitStack() as opened:
        if url is None and running_daemon(EmbeddedSettings()) is None:
            stack = opened.enter_context(
                open_stack(EmbeddedSettings(), catch_up=False, announce=output.note)
            )
            if stack.is_owner:
                output.note("no daemon runs here: the engines run for as long as this command does")
            else:
                # Another command's engines: it must not have to wait for one that never ends.
                opened.close()
        yield source

"""Where events go: the NATS server of the settings, or the engines of the data directory."""

import contextlib
import time
from collections.abc import Generator

from benchwire.cli import output
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import Stack, open_stack
from benchwire.producer.producer import Producer
from benchwire.producer.settings import ProducerSettings

FLUSH_SECONDS = 2.0


@contextlib.contextmanager
def destination() -> Generator[tuple[ProducerSettings, Stack | None]]:
    """Yield producer settings, and the stack that events go to unless a NATS URL says otherwise.

    Without a URL producers follow daemon.json, so they find the next owner of the engines, too.
    """
    settings = ProducerSettings()
    if settings.nats_url is not None:
        yield settings, None
        return
    with open_stack(EmbeddedSettings(), catch_up=False, announce=output.note) as stack:
        yield settings, stack


def flush(producer: Producer, stack: Stack | None, timeout_seconds: float) -> bool:
    """Wait until the stream has acknowledged everything; engines that went away are replaced."""
    deadline = time.monotonic() + timeout_seconds
    while not producer.flush(min(FLUSH_SECONDS, max(0.0, deadline - time.monotonic()))):
        if time.monotonic() >= deadline:
            return False
        if stack is not None:
            stack.ensure_running()
    return True

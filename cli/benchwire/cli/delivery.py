"""Where events go: the NATS server of the settings, or the engines of the data directory."""

import contextlib
from collections.abc import Generator

from benchwire.cli import output
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import Stack, open_stack
from benchwire.producer.settings import ProducerSettings


@contextlib.contextmanager
def destination() -> Generator[tuple[ProducerSettings, Stack | None]]:
    """Yield producer settings with a NATS URL, and the stack behind it if it is ours."""
    settings = ProducerSettings()
    if settings.nats_url is not None:
        yield settings, None
        return
    with open_stack(EmbeddedSettings(), catch_up=False, announce=output.note) as stack:
        yield settings.model_copy(update={"nats_url": stack.nats_url}), stack

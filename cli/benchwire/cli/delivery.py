"""Where events go: the NATS server of the settings, or the engines of the data directory."""

import contextlib
import dataclasses
import time
from collections.abc import Generator
from typing import Any

from benchwire.producer.drain import drain

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


def drain_journal(timeout_seconds: float) -> dict[str, Any]:
    """Deliver what the journal holds and, on our own engines, wait until it is stored."""
    deadline = time.monotonic() + timeout_seconds
    with destination() as (settings, stack):
        report = drain(settings, timeout_seconds=timeout_seconds)
        fields: dict[str, Any] = dataclasses.asdict(report)
        left = max(1.0, deadline - time.monotonic())
        fields["stored"] = None if stack is None else stack.wait_stored(left)
        return fields

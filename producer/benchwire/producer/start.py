"""What a producer needs before it starts: settings, a job id, options for its publisher."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from benchwire.producer.fork import importing

if TYPE_CHECKING:
    from benchwire.producer.publisher.options import PublisherOptions
    from benchwire.producer.settings import ProducerSettings


def load_settings(
    settings: "ProducerSettings | None", given: Mapping[str, Any]
) -> "ProducerSettings":
    """The settings, with arguments that are not None in place of variables and defaults."""
    with importing():
        from benchwire.producer.settings import ProducerSettings  # noqa: PLC0415 - 150 ms

    arguments = {name: value for name, value in given.items() if value is not None}
    if settings is None:
        return ProducerSettings(**arguments)
    return settings.model_copy(update=arguments)


def new_job_id() -> str:
    """A launch's name that sorts by time: ``job-20260131T235959-1f2e``."""
    return f"job-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid4().hex[:4]}"


def publisher_options(settings: "ProducerSettings") -> "PublisherOptions":
    """The part of the settings the publisher works by."""
    with importing():
        from benchwire.producer.publisher.options import PublisherOptions  # noqa: PLC0415 - lazy

    return PublisherOptions(
        journal=settings.journal_dir,
        data_dir=settings.data_dir,
        nats_url=settings.nats_url,
        credentials=settings.nats_credentials,
        linger_seconds=settings.linger_ms / 1_000,
        message_events_max=settings.message_events_max,
        message_bytes_max=settings.message_bytes_max,
        window_messages_max=settings.window_messages_max,
        window_bytes_max=settings.window_bytes_max,
        acknowledged_keep_seconds=settings.acknowledged_keep_seconds,
        acknowledged_keep_bytes=settings.acknowledged_keep_bytes,
        recover_seconds=settings.recover_seconds,
    )

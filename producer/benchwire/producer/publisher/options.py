"""What the publisher needs to know of the settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherOptions:
    """See :class:`~benchwire.producer.settings.ProducerSettings` for the meaning of each."""

    journal: Path
    data_dir: Path
    nats_url: str | None
    credentials: Path | None
    linger_seconds: float
    message_events_max: int
    message_bytes_max: int
    window_messages_max: int
    window_bytes_max: int
    acknowledged_keep_seconds: float
    acknowledged_keep_bytes: int
    recover_seconds: float

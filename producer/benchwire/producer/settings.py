"""Settings of the producer: arguments, else ``BENCHWIRE_…`` variables, else these defaults."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

KIB: Final = 1024
MIB: Final = 1024 * KIB


def default_data_dir() -> Path:
    """``$XDG_DATA_HOME/benchwire``, or ``~/.local/share/benchwire``."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "benchwire"


class ProducerSettings(BaseSettings):
    """How events are recorded and delivered."""

    model_config = SettingsConfigDict(
        env_prefix="BENCHWIRE_",
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    data_dir: Path = Field(default_factory=default_data_dir)
    """Directory of the journal, and of the daemon whose NATS server is used by default."""
    nats_url: str | None = Field(default=None, repr=False)
    """NATS server, or several separated by commas; absent: the daemon of the data directory."""
    nats_credentials: Path | None = None
    """NATS credentials file (``.creds``), for servers that ask for one."""
    job_id: str | None = None
    """Launch that runs belong to; absent: a new one for each producer."""
    on_invalid: Literal["raise", "record"] = "raise"
    """Whether an invalid event raises, or is recorded as a loss."""
    close_timeout_seconds: float = Field(default=5.0, ge=0)
    """How long closing waits for the stream; the rest stays in the journal."""
    heartbeat_seconds: float = Field(default=30.0, ge=0)
    """A run silent for so long emits a heartbeat; 0: never."""
    linger_ms: float = Field(default=5.0, ge=0, le=1_000)
    """How long events wait for company in a message."""
    message_events_max: int = Field(default=256, ge=1, le=256)
    """Most events of a message."""
    message_bytes_max: int = Field(default=256 * KIB, ge=KIB, le=256 * KIB)
    """Most bytes of a message of several events."""
    event_bytes_max: int = Field(default=MIB - 16 * KIB, ge=4 * KIB, le=64 * MIB)
    """Longest event line; lower if the server's max_payload is. Long texts are cut to fit."""
    content_bytes_max: int = Field(default=64 * KIB, ge=64, le=MIB)
    """Longest single text (content, prompt, result, traceback, …) before it is cut."""
    window_messages_max: int = Field(default=512, ge=1)
    """Most messages published and not yet acknowledged."""
    window_bytes_max: int = Field(default=16 * MIB, ge=KIB)
    """Most bytes published and not yet acknowledged."""
    segment_bytes_max: int = Field(default=8 * MIB, ge=KIB)
    """A journal segment that has grown so far is followed by another."""
    acknowledged_keep_seconds: float = Field(default=600.0, ge=0)
    """How long acknowledged segments are kept, for a stream that loses what it had."""
    acknowledged_keep_bytes: int = Field(default=256 * MIB, ge=0)
    """Most bytes of acknowledged segments kept."""
    recover_seconds: float = Field(default=60.0, gt=0)
    """How often the journal is searched for what dead processes left."""

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        # Programs of a trial start elsewhere, and a host program may change its directory.
        return Path(os.path.realpath(value.expanduser()))

    @property
    def journal_dir(self) -> Path:
        """Directory of the journal."""
        return self.data_dir / "journal"

"""Settings of the embedded stack: where data is, which ports, what a query may cost."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB = 1024**3
MIB = 1024**2

UNUSABLE_IN_PATHS = "?&\n"
"""chDB reads what follows a question mark as options, and would open another path without its
access control; an ampersand ends an option."""


def default_data_dir() -> Path:
    """Return the data directory of a user who configured nothing."""
    base = os.environ.get("XDG_DATA_HOME")
    root = Path(base) if base else Path.home() / ".local" / "share"
    return root / "benchwire"


class EmbeddedSettings(BaseSettings):
    """Environment variables are these names in upper case with the prefix ``BENCHWIRE_``."""

    model_config = SettingsConfigDict(env_prefix="BENCHWIRE_", extra="ignore", frozen=True)

    data_dir: Path = Field(default_factory=default_data_dir)
    """The one directory that holds journals, the stream, the store and the logs."""

    nats_port: int = Field(default=0, ge=0, le=65535)
    """Loopback port of nats-server; 0 chooses a free one once and keeps it."""

    sql_port: int = Field(default=0, ge=0, le=65535)
    """Loopback port of the SQL endpoint; 0 chooses a free one once and keeps it."""

    sql_token: SecretStr | None = None
    """Password of the SQL endpoint; absent: a new random one at every start."""

    nats_store_bytes_max: int = Field(default=64 * GIB, ge=64 * MIB)
    """Upper bound of everything JetStream keeps on disk."""

    nats_payload_bytes_max: int = Field(default=8 * MIB, ge=64 * 1024, le=64 * MIB)
    """Largest single message nats-server accepts."""

    start_timeout_seconds: float = Field(default=60.0, gt=0)
    """How long engines may take to answer, and a command waits for those of another one."""

    stop_timeout_seconds: float = Field(default=30.0, gt=0)
    """How long a stop waits for the consumer and for running queries."""

    catch_up_timeout_seconds: float = Field(default=30.0, ge=0)
    """How long a command that started the engines waits for events left in the stream."""

    query_seconds: float = Field(default=60.0, gt=0)
    """Time limit of a query that asks for none."""

    query_seconds_max: float = Field(default=600.0, gt=0)
    """Largest time limit a query may ask for."""

    query_memory_bytes_max: int = Field(default=4 * GIB, ge=64 * MIB)
    """Memory limit of one query."""

    query_result_bytes_max: int = Field(default=512 * MIB, ge=MIB)
    """Largest answer in a format that cannot be streamed (JSON, Pretty, Parquet …)."""

    queries_concurrent_max: int = Field(default=8, ge=1, le=64)
    """Queries running at a time; further ones wait."""

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        resolved = Path(os.path.realpath(value.expanduser()))
        if any(character in str(resolved) for character in UNUSABLE_IN_PATHS):
            raise ValueError(f"the data directory {str(resolved)!r} must not contain '?' or '&'")
        return resolved

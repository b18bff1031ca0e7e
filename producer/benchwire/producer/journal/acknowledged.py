"""The ``.ack`` sidecar: proof that the stream holds all of a segment, and of which stream.

An acknowledged segment is kept for a while. Should the stream turn out to be another one, or
to have gone back behind the acknowledgement, the segment is sent again.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from benchwire.producer.journal.layout import ACK_SUFFIX, FILE_MODE, sidecar


@dataclass(frozen=True, slots=True)
class StreamState:
    """How far a stream is: enough to notice that it lost or replaced what it had."""

    stream: str
    created: str
    """The server's creation time, verbatim; changes when a stream is made anew."""
    last_seq: int

    def has_lost(self, acknowledged: "Acknowledgement") -> bool:
        """True if messages acknowledged there and then cannot be here and now."""
        if acknowledged.created and self.created and acknowledged.created != self.created:
            return True
        return self.last_seq < acknowledged.last_seq


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the stream answered for the last message of a segment."""

    stream: str
    created: str
    last_seq: int
    acked_bytes: int
    acked_at: float
    """Unix time, in seconds."""

    @classmethod
    def now(cls, state: StreamState, last_seq: int, acked_bytes: int) -> Self:
        """An acknowledgement that has just been completed."""
        return cls(state.stream, state.created, last_seq, acked_bytes, time.time())

    def write(self, segment: Path) -> None:
        """Put the sidecar beside its segment, whole or not at all; raises OSError."""
        target = sidecar(segment, ACK_SUFFIX)
        hidden = target.with_name(f".{target.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        fd = os.open(hidden, flags, FILE_MODE)
        try:
            os.write(fd, json.dumps(asdict(self)).encode())
        finally:
            os.close(fd)
        hidden.replace(target)

    @classmethod
    def read(cls, segment: Path) -> Self | None:
        """The sidecar of a segment; None if there is none that can be read."""
        try:
            fields = json.loads(sidecar(segment, ACK_SUFFIX).read_bytes())
            return cls(
                stream=str(fields["stream"]),
                created=str(fields["created"]),
                last_seq=int(fields["last_seq"]),
                acked_bytes=int(fields["acked_bytes"]),
                acked_at=float(fields["acked_at"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

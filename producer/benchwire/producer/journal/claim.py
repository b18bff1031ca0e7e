"""The right to deliver or repair a segment: its lock, held by at most one process at a time."""

import fcntl
import os
from pathlib import Path
from typing import Self

from benchwire.producer.fork import drop_in_children, forget_descriptor
from benchwire.producer.journal.layout import ACK_SUFFIX, sidecar


class Claim:
    """A segment's lock. Writers hold it too, so a claim also proves that the writer is gone."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd
        """Descriptor of the locked segment, for reading and writing."""
        drop_in_children(fd)

    @classmethod
    def take(cls, segment: Path, *, though_acknowledged: bool = False) -> Self | None:
        """Claim a segment; None if somebody else has it, or it is gone or acknowledged.

        The acknowledgement is looked for after the lock was obtained: whoever delivered the
        segment noted that before letting go of it.
        """
        try:
            fd = os.open(segment, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return None
        gone = os.fstat(fd).st_nlink == 0
        if gone or (not though_acknowledged and sidecar(segment, ACK_SUFFIX).exists()):
            os.close(fd)
            return None
        return cls(fd)

    def release(self) -> None:
        """Let go; the claim must not be used afterwards."""
        forget_descriptor(self.fd)
        os.close(self.fd)

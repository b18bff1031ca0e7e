"""One append-only segment file and the only writer it ever has."""

import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from benchwire.producer.fork import drop_in_children, forget_descriptor
from benchwire.producer.journal.layout import FILE_MODE, NEW_SUFFIX, SegmentName
from benchwire.producer.journal.space import reserve

RESERVE_STEP_BYTES: Final = 256 * 1024
"""Asked for at a time: one system call for some three hundred events."""
SPARE_BYTES: Final = 16 * 1024
"""Room that ordinary events leave alone, for some twenty ``telemetry_loss`` and the
``emitter_stop``: losses are declared at each doubling, so that is enough for a million."""


class SegmentWriter:
    """Appends whole lines to a new segment file. Its caller's lock makes it thread-safe.

    The file is locked (flock) as long as the writer lives: whoever else obtains that lock
    knows that the writer is dead. It becomes visible to others only by :meth:`reveal`, with
    its first line inside, so a visible segment always tells whose events it holds.

    A write that does not succeed as a whole leaves the file as it was before.
    """

    __slots__ = (
        "_fd",
        "_hidden_path",
        "_ordinary_end_max",
        "_torn",
        "closed",
        "ended",
        "name",
        "path",
        "size",
    )

    def __init__(self, directory: Path, name: SegmentName) -> None:
        """Create the file, still hidden, with its spare room; raises OSError without it."""
        self.name = name
        self.path = directory / name.file_name
        self.size = 0
        """Bytes of whole lines written; read by the publisher without a lock."""
        self.closed = False
        self.ended = False
        """Set with ``closed``: nothing has to be added to the segment."""
        self._torn = False
        self._ordinary_end_max = 0
        self._hidden_path: Path | None = directory / f".{name.file_name}{NEW_SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(self._hidden_path, flags, FILE_MODE)
        drop_in_children(self._fd)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._reserve(0)
        except BaseException:
            self.abandon()
            raise

    def append(self, line: bytes) -> None:
        """Write one line, its newline included, or raise OSError and change nothing."""
        end = self.size + len(line)
        if end > self._ordinary_end_max:
            self._reserve(len(line))
        self._write(line, end)

    def append_last_words(self, line: bytes) -> None:
        """As :meth:`append`, but may use the room that was kept back for this."""
        self._write(line, self.size + len(line))

    def reveal(self) -> None:
        """Give the file its name, after the first line; harmless when it has it already."""
        if self._hidden_path is not None:
            self._hidden_path.rename(self.path)
            self._hidden_path = None

    @property
    def revealed(self) -> bool:
        """True once others can see the segment."""
        return self._hidden_path is None

    def settle(self, start: int, length: int) -> bool:
        """After an interrupted append at ``start``: was the line written as a whole?

        If so it is accounted for, else what there is of it is removed.
        """
        if os.fstat(self._fd).st_size >= start + length:
            self.size = start + length
            return True
        self._torn = True
        self._mend()
        self.size = start
        return False

    def close(self, *, ended: bool = False) -> None:
        """Give back unused room and the lock; a segment without a line disappears.

        ``ended`` says that recovery has nothing to add: the epoch is sealed, or goes on elsewhere.
        """
        if self.closed:
            return
        self.ended = ended
        if self._hidden_path is not None:
            self.abandon()
            return
        try:
            os.ftruncate(self._fd, self.size)
        finally:
            self._release()

    def abandon(self) -> None:
        """Remove a segment nobody has seen."""
        if self._hidden_path is not None:
            self._hidden_path.unlink(missing_ok=True)
        self._release()

    def _release(self) -> None:
        if not self.closed:
            forget_descriptor(self._fd)
            os.close(self._fd)
            self.closed = True

    def _write(self, line: bytes, end: int) -> None:
        if self._torn:
            self._mend()
        written = os.write(self._fd, line)
        if written != len(line):
            self._torn = True
            self._mend()
            raise OSError(errno.ENOSPC, "the line was written in part only")
        self.size = end

    def _mend(self) -> None:
        """Remove a partial line. Truncation gives up the reserved room, so ask again."""
        os.ftruncate(self._fd, self.size)
        self._torn = False
        self._ordinary_end_max = 0

    def _reserve(self, length: int) -> None:
        wanted = length + SPARE_BYTES
        try:
            step = max(wanted, RESERVE_STEP_BYTES)
            possible = reserve(self._fd, self.size, step)
        except OSError:
            # Less may still fit: as long as it does, no event is lost.
            step = wanted
            possible = reserve(self._fd, self.size, step)
        self._ordinary_end_max = self.size + step - SPARE_BYTES if possible else 2**62

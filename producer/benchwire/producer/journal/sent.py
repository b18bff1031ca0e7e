"""Remembers where messages were cut out of a segment, so that whoever sends it again cuts alike.

Equal cuts give equal ``Nats-Msg-Id``s, and the stream drops the copy. The file is only a
help: without it (full disk, power loss) the events are sent again under other message ids,
stored again under the same keys, and every view gives the same answer.
"""

import bisect
import itertools
import os
import struct
from pathlib import Path
from typing import Final

from benchwire.producer.journal.layout import FILE_MODE, SENT_SUFFIX, sidecar

_OFFSET: Final = struct.Struct("<Q")


class SentLog:
    """End offsets of the messages cut from one segment, in order."""

    __slots__ = ("_path", "ends")

    def __init__(self, segment: Path) -> None:
        self._path = sidecar(segment, SENT_SUFFIX)
        self.ends = _read_ends(self._path)

    def end_after(self, offset: int) -> int | None:
        """End of the message that was cut at ``offset`` before; None if there was none."""
        position = bisect.bisect_right(self.ends, offset)
        return self.ends[position] if position < len(self.ends) else None

    def add(self, new_ends: list[int]) -> None:
        """Remember cuts that are not known yet; a full disk only costs the memory of them."""
        known = self.ends[-1] if self.ends else 0
        new_ends = [end for end in new_ends if end > known]
        if not new_ends:
            return
        self.ends.extend(new_ends)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            fd = os.open(self._path, flags, FILE_MODE)
            try:
                os.write(fd, b"".join(map(_OFFSET.pack, new_ends)))
            finally:
                os.close(fd)
        except OSError:
            return


def _read_ends(path: Path) -> list[int]:
    try:
        raw = path.read_bytes()
    except OSError:
        return []
    whole = len(raw) - len(raw) % _OFFSET.size
    ends = [end for (end,) in _OFFSET.iter_unpack(raw[:whole])]
    # A partial write or a second writer could leave anything; only rising offsets make sense.
    rising = all(before < after for before, after in itertools.pairwise(ends))
    return ends if rising else []

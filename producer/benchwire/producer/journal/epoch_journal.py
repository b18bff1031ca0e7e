"""One epoch of an emitter in the journal: numbers, checksum, and the segments they go to.

Not thread-safe: the emitter's lock guards it. An exception out of a signal handler may come
between any two steps; every change of state is a single assignment, and a line that may or may
not have been written is noted first and looked for in the file afterwards (:meth:`settle`).
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

from benchwire.producer.journal.epoch import choose_epoch, locked_run_directory
from benchwire.producer.journal.layout import SegmentName
from benchwire.producer.journal.segment import SegmentWriter
from benchwire.producer.run_identity import RunIdentity
from benchwire.schemas.event import EventType
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.subject import subject_token

IMPORT_EPOCH: Final = 0
"""Importers always use this epoch: importing again writes the same events again."""
_NONCE_CHARS: Final = 8
_U64_MAX: Final = 2**64 - 1


class EpochJournal:
    """Appends the events of one (run, emitter, epoch); files come with the first of them."""

    __slots__ = (
        "_announced",
        "_directory",
        "_explicit_epoch",
        "_identity",
        "_name",
        "_nonce",
        "_progress",
        "_retiring",
        "_segment_bytes_max",
        "_segment_opened",
        "_template",
        "_unsettled",
        "_writer",
        "epoch",
        "sealed",
    )

    def __init__(  # noqa: PLR0913 - one epoch has that many givens
        self,
        journal: Path,
        identity: RunIdentity,
        name: str,
        *,
        epoch: int | None,
        segment_bytes_max: int,
        segment_opened: Callable[[SegmentWriter], None],
    ) -> None:
        self._directory = journal / identity.run_id
        self._identity = identity
        self._name = name
        self._nonce = uuid4().hex[:_NONCE_CHARS]
        self._explicit_epoch = epoch
        self._segment_bytes_max = segment_bytes_max
        self._segment_opened = segment_opened
        self.epoch: int | None = None
        """The epoch; None before the first event is in the journal."""
        self.sealed = epoch == IMPORT_EPOCH
        """True once nothing has to follow: an ``emitter_stop`` is there, or none is needed."""
        self._progress = (0, 0, 0)
        # next seq, checksum, events journaled
        self._unsettled: tuple[int, int, int, int] | None = None
        # seq, payload hash, offset and length of a line that may have been written
        self._template: LineTemplate | None = None
        self._writer: SegmentWriter | None = None
        self._retiring: SegmentWriter | None = None
        self._announced: SegmentWriter | None = None

    @property
    def next_seq(self) -> int:
        """The number the next event gets; so many were used before it."""
        return self._progress[0]

    @property
    def checksum(self) -> int:
        """Sum modulo 2⁶⁴ of the payload hashes of the journaled events."""
        return self._progress[1]

    @property
    def events_journaled(self) -> int:
        """Events in the journal."""
        return self._progress[2]

    def append(self, event_type: EventType, at: str, step_id: str | None, data: bytes) -> str:
        """Journal one event and return its id; raises OSError and uses no number."""
        if self._unsettled is not None:
            self.settle()
        writer = self._writer
        if writer is None:
            return self._append_first(event_type, at, step_id, data)
        if writer.size >= self._segment_bytes_max:
            writer = self._rotate(writer)
        return self._write(writer, event_type, at, step_id, data, writer.append)

    def append_last_words(
        self, event_type: EventType, at: str, step_id: str | None, data: bytes
    ) -> str:
        """As :meth:`append`, in the room kept back for what must fit on a full disk."""
        if self._unsettled is not None:
            self.settle()
        writer = self._writer
        if writer is None:
            return self._append_first(event_type, at, step_id, data)
        return self._write(writer, event_type, at, step_id, data, writer.append_last_words)

    def skip(self) -> int:
        """Use up a number without an event, and return it."""
        if self._unsettled is not None:
            with contextlib.suppress(OSError):
                self.settle()
        seq, checksum, journaled = self._progress
        self._progress = (seq + 1, checksum, journaled)
        return seq

    def settle(self) -> None:
        """Find out whether an interrupted write happened; account for it if so."""
        if self._unsettled is None:
            return
        seq, hashed, start, length = self._unsettled
        writer = self._writer
        if writer is not None:
            if writer.settle(start, length):
                self._written(writer, seq, hashed)
            elif not writer.revealed:
                self._abandon(writer)
        self._unsettled = None

    def close(self) -> None:
        """Close the segment; what is in the journal stays there."""
        if self._writer is not None:
            self._writer.close(ended=self.sealed)
        if self._retiring is not None:
            self._retiring.close(ended=True)
        self._writer = self._retiring = None

    def _append_first(
        self, event_type: EventType, at: str, step_id: str | None, data: bytes
    ) -> str:
        with locked_run_directory(self._directory):
            epoch = self._explicit_epoch
            if epoch is None:
                epoch = choose_epoch(self._directory, subject_token(self._name))
            self._template = self._identity.template(self._name, epoch)
            self._writer = writer = self._segment(epoch, base_seq=0, base_checksum=0)
            return self._write(writer, event_type, at, step_id, data, writer.append)

    def _write(  # noqa: PLR0913, PLR0917 - the hot path: no object, no keywords
        self,
        writer: SegmentWriter,
        event_type: EventType,
        at: str,
        step_id: str | None,
        data: bytes,
        append: Callable[[bytes], None],
    ) -> str:
        seq = self._progress[0]
        assert self._template is not None
        line, event_id, hashed = self._template.line(event_type, at, seq, step_id, data)
        self._unsettled = (seq, hashed, writer.size, len(line) + 1)
        try:
            append(line + b"\n")
            self._written(writer, seq, hashed)
        except OSError:
            self._unsettled = None
            if not writer.revealed:
                self._abandon(writer)
            raise
        self._unsettled = None
        if event_type == "emitter_stop":
            self.sealed = True
        return event_id

    def _written(self, writer: SegmentWriter, seq: int, hashed: int) -> None:
        """Account for a line that is in the file; harmless when that has been done."""
        if not writer.revealed:
            writer.reveal()
        if self._announced is not writer:
            self.epoch = writer.name.epoch
            self._segment_opened(writer)
            self._announced = writer
        if self._retiring is not None:
            retiring, self._retiring = self._retiring, None
            retiring.close(ended=True)
        next_seq, checksum, journaled = self._progress
        if next_seq == seq:
            self._progress = (seq + 1, (checksum + hashed) & _U64_MAX, journaled + 1)

    def _rotate(self, full: SegmentWriter) -> SegmentWriter:
        """Go on in a new segment; in the old one if there is no room for another."""
        try:
            writer = self._segment(
                full.name.epoch, base_seq=self._progress[0], base_checksum=self._progress[1]
            )
        except OSError:
            return full
        self._retiring = full
        self._writer = writer
        return writer

    def _segment(self, epoch: int, *, base_seq: int, base_checksum: int) -> SegmentWriter:
        token = subject_token(self._name)
        name = SegmentName(token, epoch, base_seq, base_checksum, self._nonce)
        return SegmentWriter(self._directory, name)

    def _abandon(self, writer: SegmentWriter) -> None:
        """Drop a segment that did not get its first line; the one before it goes on."""
        writer.abandon()
        self._writer, self._retiring = self._retiring, None

"""Numbers the events of one part of a run and puts them into the journal: the hot path."""

import contextlib
import errno
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from benchwire.producer.emitter_context import EmitterContext
from benchwire.producer.fork import tell_after_fork
from benchwire.producer.journal.epoch_journal import IMPORT_EPOCH, EpochJournal
from benchwire.producer.journal.segment import SegmentWriter
from benchwire.producer.losses import LossAccount, complain
from benchwire.producer.run_identity import RunIdentity
from benchwire.schemas.errors import BenchwireError, InvalidEvent
from benchwire.schemas.event import EventType, check_identifier
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.payload import Payload
from benchwire.schemas.timestamps import wire_timestamp

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room on the disk, in the quota, below the file size limit."""


class EmitterClosed(BenchwireError):  # noqa: N818 - a fact about the emitter
    """An importer's emitter was used after its end; its one epoch cannot be opened again."""


class Emitter:
    """One part of a run that emits: the ``runner``, an ``agent``, the ``verifier``.

    ``emit`` returns once the event is in the journal, a file on the local disk. What happens on

    - full disk: the event is lost and ``emit`` returns None; its number is used up, the loss is
      counted, logged at most once a minute, and declared by ``telemetry_loss`` in room that
      was reserved before. Emitting goes on as soon as there is room.
    - server away: nothing; the journal keeps the events, the publisher delivers them later.
    - payload too large: long texts are cut and marked; if that is not enough, the event is
      invalid (``too_large``).
    - invalid event: raises InvalidEvent and uses no number, or counts as lost (``on_invalid``).
    - fork: the child's first event opens an epoch, a segment and a publisher of its own.
    - shutdown: ``close`` ends the epoch with ``emitter_stop``; a later event opens another one.
    - interpreter exit: an emitter that was not closed is ended as recovery would end it.
    - kill -9: every event whose id was returned is in the journal; recovery ends the epoch.

    Thread-safe, but not for signal handlers: those should raise, and let the program emit.
    The epoch and its files come with the first event.
    """

    __slots__ = (
        "__weakref__",
        "_context",
        "_epoch",
        "_explicit_epoch",
        "_finished",
        "_journaled_before",
        "_last_at",
        "_lock",
        "_losses",
        "_lost_before",
        "epochs",
        "identity",
        "name",
    )

    def __init__(
        self, context: EmitterContext, identity: RunIdentity, name: str, epoch: int | None = None
    ) -> None:
        try:
            check_identifier(name)
        except (ValueError, TypeError, AttributeError):
            raise InvalidEvent("invalid_field", "emitter: 1 to 256 bytes of text") from None
        self._context = context
        self.identity = identity
        """The run it emits for."""
        self.name = name
        """The emitter's name."""
        self._explicit_epoch = epoch
        self._journaled_before = 0
        self._lost_before = 0
        self._last_at = ""
        self._finished = False
        self.epochs: list[int] = []
        """Epochs ended so far; see :attr:`all_epochs`."""
        self._lock = threading.Lock()
        self._losses = LossAccount()
        self._epoch = self._new_epoch()
        tell_after_fork(self)

    @property
    def epoch(self) -> int | None:
        """The open epoch; None before its first event."""
        return self._epoch.epoch

    @property
    def all_epochs(self) -> list[int]:
        """Every epoch this object has opened in this process."""
        return self.epochs if self.epoch is None else [*self.epochs, self.epoch]

    @property
    def events_journaled(self) -> int:
        """Events this object has put into the journal, in all its epochs."""
        return self._journaled_before + self._epoch.events_journaled

    @property
    def events_in_epoch(self) -> int:
        """Events journaled in the open epoch."""
        return self._epoch.events_journaled

    @property
    def events_lost(self) -> int:
        """Events this object has lost, in all its epochs."""
        return self._lost_before + self._losses.total

    def emit(
        self,
        event_type: EventType,
        payload: Payload | Mapping[str, Any],
        *,
        step_id: str | None = None,
        ts: datetime | str | None = None,
    ) -> str | None:
        """Journal one event and return its id; None if it was lost.

        Raises:
            InvalidEvent: The event breaks the contract (unless ``on_invalid`` is ``record``).
        """
        context = self._context
        try:
            data = context.preparer.encode(event_type, payload)
            at = wire_timestamp(ts)
            if step_id is not None:
                check_identifier(step_id)
        except InvalidEvent as error:
            self._refuse(event_type, error)
            return None
        except KeyError:
            self._refuse(event_type, InvalidEvent("unknown_event_type"))
            return None
        except (ValueError, TypeError) as error:
            self._refuse(event_type, InvalidEvent("invalid_field", str(error)))
            return None
        try:
            with self._lock:
                if self._finished:
                    raise self._closed()
                if self._losses:
                    self._declare_losses(self._epoch.append)
                event_id = self._epoch.append(event_type, at, step_id, data)
                self._last_at = at
        except OSError as error:
            reason = "disk_full" if error.errno in _FULL else "journal_error"
            self._lose(event_type, reason, error.strerror or "")
            return None
        if context.wake.idle:
            context.wake.notify()
        return event_id

    def lose(self, event_type: str, reason: str, detail: str) -> None:
        """Account for an event that cannot be recorded, as lost: counted, logged and declared.

        For whoever takes events from elsewhere; ``detail`` must hold no secret.
        """
        self._lose(event_type, reason, detail)

    def close(self) -> None:
        """End the epoch with ``emitter_stop``; nothing if there was no event. Safe to repeat."""
        self._end("close")

    def interrupt(self) -> None:
        """End the epoch as recovery would: what should have come is not all there.

        An importer's epoch 0 stays open instead, for a repeated import to go on with.
        """
        self._end(None if self._explicit_epoch == IMPORT_EPOCH else "recovery")

    def leave_for_recovery(self) -> None:
        """Let go of the journal without ending the epoch: whoever recovers it, ends it."""
        self._end(None)

    def _end(self, sealed_by: Literal["close", "recovery"] | None) -> None:
        with self._lock:
            if self._losses:
                self._declare_if_possible()
            if self._epoch.epoch is not None and sealed_by is not None:
                self._seal(sealed_by)
            self._end_epoch()
        if self._context.wake.idle:
            self._context.wake.notify()

    def after_fork_in_child(self) -> None:
        """Forget the parent's epoch and lock; the parent goes on with them."""
        self._lock = threading.Lock()
        self._explicit_epoch = None
        self._journaled_before = 0
        self._lost_before = 0
        self.epochs = []
        self._finished = False
        self._losses = LossAccount()
        self._epoch = self._new_epoch()

    def _new_epoch(self) -> EpochJournal:
        return EpochJournal(
            self._context.journal,
            self.identity,
            self.name,
            epoch=self._explicit_epoch,
            segment_bytes_max=self._context.segment_bytes_max,
            segment_opened=self._segment_opened,
        )

    def _end_epoch(self) -> None:
        ended = self._epoch
        self._finished = self._explicit_epoch is not None and ended.epoch is not None
        ended.close()
        if ended.epoch is not None:
            self._context.owner.epoch_ended(self, ended.events_journaled)
        self._journaled_before += ended.events_journaled
        if ended.epoch is not None:
            self.epochs.append(ended.epoch)
        self._lost_before += self._losses.total
        self._losses = LossAccount()
        self._epoch = self._new_epoch()

    def _segment_opened(self, writer: SegmentWriter) -> None:
        self._context.owner.segment_opened(self, writer)

    def _seal(self, sealed_by: Literal["close", "recovery"]) -> None:
        epoch = self._epoch
        try:
            epoch.settle()
            stop = {
                "n_events": epoch.next_seq,
                "checksum": epoch.checksum,
                "sealed_by": sealed_by,
            }
            data = encode_payload("emitter_stop", stop)
            # An importer's stream is the same at every import, to its last event.
            repeats = self._explicit_epoch is not None and bool(self._last_at)
            at = self._last_at if repeats else wire_timestamp()
            epoch.append_last_words("emitter_stop", at, None, data)
        except OSError as error:
            complain("journal_error", error.strerror or "", emitter=self.name)

    def _refuse(self, event_type: EventType, error: InvalidEvent) -> None:
        if self._context.on_invalid == "raise":
            raise error
        reason = "too_large" if error.reason == "too_large" else "invalid"
        self._lose(event_type, reason, str(error))

    def _lose(self, event_type: str, reason: str, detail: str) -> None:
        """Account for a lost event; log it without the lock, for logging runs foreign code."""
        with self._lock:
            if self._finished:
                raise self._closed()
            if self._losses.add(self._epoch.skip(), event_type, reason, detail):
                self._declare_if_possible()
        complain(reason, detail, run_id=self.identity.run_id, emitter=self.name)

    def _closed(self) -> EmitterClosed:
        return EmitterClosed(
            f"emitter {self.name} of epoch {self._explicit_epoch} is closed",
            hint="open it again with Producer.open_emitter",
        )

    def _declare_if_possible(self) -> None:
        """Declare losses in the room kept back for it; if that is used up, a later event does."""
        with contextlib.suppress(OSError):
            self._declare_losses(self._epoch.append_last_words)

    def _declare_losses(self, append: Callable[[EventType, str, None, bytes], str]) -> None:
        """Write what is undeclared; raises OSError."""
        for reason, payload in self._losses.payloads():
            data = encode_payload("telemetry_loss", payload)
            append("telemetry_loss", wire_timestamp(), None, data)
            self._losses.declared(reason)

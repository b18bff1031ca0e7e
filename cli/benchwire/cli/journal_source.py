"""Journals as what `events` can be made anew from.

They are read as producers write them, and stored as the consumer would store the messages that
are cut from them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from benchwire.consumer.batcher import Batch
from benchwire.consumer.decoder import decode
from benchwire.consumer.events_source import Reach
from benchwire.consumer.message import Message
from benchwire.consumer.settings import ConsumerSettings
from benchwire.producer.journal_reading import (
    HeldSegment,
    JournalUnreadable,
    held_segments,
    journal_directory,
)
from benchwire.schemas.identity import UNSEQUENCED


@dataclass(frozen=True, slots=True)
class ExperimentReach:
    """What journals hold of one experiment."""

    experiment_id: str
    n_runs: int
    n_epochs: int
    n_epochs_sealed: int
    """Epochs whose `emitter_stop` is there."""
    n_epochs_cut: int
    """Epochs of which numbers are missing: most often their first segments, which were
    acknowledged and deleted. Foreign streams without a sequence are never called cut."""
    n_events: int
    """Readable lines; an event that lies in several journals counts in each."""
    first_ts: str
    last_ts: str


@dataclass(frozen=True, slots=True)
class JournalReach(Reach):
    """What journals hold now."""

    journals: list[str]
    n_segments: int
    n_runs: int
    n_events: int
    experiments: list[ExperimentReach]

    @property
    def sentence(self) -> str:
        """As people are told."""
        n_epochs = sum(each.n_epochs for each in self.experiments)
        n_sealed = sum(each.n_epochs_sealed for each in self.experiments)
        n_cut = sum(each.n_epochs_cut for each in self.experiments)
        first = min(each.first_ts for each in self.experiments)
        last = max(each.last_ts for each in self.experiments)
        return (
            f"the journals hold {self.n_events} events of {self.n_runs} runs, emitted from {first} "
            f"to {last}, in {n_epochs} streams of emitters: {n_sealed} have their end, "
            f"{n_cut} lack a part; reading them"
        )


@dataclass(slots=True)
class _Epoch:
    """What the segments of one (run, emitter, epoch) add up to."""

    experiment_id: str
    run_id: str
    first_ts: str
    last_ts: str
    is_sequenced: bool
    n_events: int = 0
    is_sealed: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """First number and the one after the last, of each unbroken piece."""

    @property
    def is_cut(self) -> bool:
        """Whether numbers are missing before the last one there."""
        end = 0
        for first, after in sorted(self.spans):
            if first > end:
                return self.is_sequenced
            end = max(end, after)
        return False

    def add(self, segment: HeldSegment) -> None:
        """Take one more segment in, also a second copy."""
        contents = segment.contents
        self.n_events += len(contents.kept)
        self.is_sealed = self.is_sealed or contents.sealed
        self.first_ts = min(self.first_ts, segment.first.ts)
        self.last_ts = max(self.last_ts, segment.last.ts)
        begin = segment.name.base_seq
        for hole, last in contents.missing:
            self.spans.append((begin, hole))
            begin = last + 1
        self.spans.append((begin, contents.next_seq))


class JournalSource:
    """All events in the journals of some directories."""

    name: ClassVar[str] = "journals"
    knows_deliveries: ClassVar[bool] = False

    def __init__(self, directories: Sequence[Path], settings: ConsumerSettings) -> None:
        self._journals = [journal_directory(path) for path in directories]
        self._settings = settings

    def reach(self) -> JournalReach:
        """Say what can be read; raises `JournalUnreadable` when that is nothing."""
        epochs: dict[tuple[str, str, int], _Epoch] = {}
        n_segments = 0
        for segment in held_segments(self._journals):
            n_segments += 1
            first = segment.first
            epochs.setdefault(
                (first.run_id, first.emitter, first.epoch),
                _Epoch(
                    first.experiment_id,
                    first.run_id,
                    first.ts,
                    first.ts,
                    is_sequenced=first.emitter not in UNSEQUENCED,
                ),
            ).add(segment)
        if not epochs:
            raise JournalUnreadable(
                f"no events in {', '.join(map(str, self._journals))}",
                hint="what the stream has acknowledged is deleted from journals after "
                "BENCHWIRE_ACKNOWLEDGED_KEEP_SECONDS; --events-from stream may reach further",
            )
        return JournalReach(
            [str(journal) for journal in self._journals],
            n_segments,
            len({each.run_id for each in epochs.values()}),
            sum(each.n_events for each in epochs.values()),
            list(_by_experiment(list(epochs.values()))),
        )

    def read(
        self,
        store: Callable[[Batch], None],
        *,
        on_messages: Callable[[int], object],
        announce: Callable[[str], None],  # noqa: ARG002 - nothing interrupts the reading of files
    ) -> int:
        """Hand over all messages in batches; returns how many lines are no events."""
        batch, n_refused = Batch(), 0
        for segment in held_segments(self._journals):
            n_refused += len(segment.contents.unreadable)
            for payload in segment.payloads():
                batch.add(decode(_message(segment.subject, payload)))
                on_messages(1)
                if (
                    batch.n_events >= self._settings.batch_events_max
                    or batch.body_bytes >= self._settings.batch_bytes_max
                ):
                    n_refused += batch.n_dead_letters
                    store(batch)
                    batch = Batch()
        store(batch)
        return n_refused + batch.n_dead_letters


def _message(subject: str, payload: bytes) -> Message:
    """A message that no stream has delivered."""
    return Message(
        subject,
        reply="",
        payload=payload,
        stream="",
        stream_seq=0,
        delivered=1,
        stored_ns=0,
        pending=0,
    )


def _by_experiment(epochs: list[_Epoch]) -> Iterator[ExperimentReach]:
    for experiment_id in sorted({each.experiment_id for each in epochs}):
        its = [each for each in epochs if each.experiment_id == experiment_id]
        yield ExperimentReach(
            experiment_id,
            n_runs=len({each.run_id for each in its}),
            n_epochs=len(its),
            n_epochs_sealed=sum(each.is_sealed for each in its),
            n_epochs_cut=sum(each.is_cut for each in its),
            n_events=sum(each.n_events for each in its),
            first_ts=min(each.first_ts for each in its),
            last_ts=max(each.last_ts for each in its),
        )

"""Events as a watcher needs them: a few fields of each, read fast from lines that were judged."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from benchwire.analysis.live.payload_facts import FACTS, Facts
from benchwire.schemas.event import EventType


class Labels(NamedTuple):
    """What the envelope says of a run."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str


class _Line(msgspec.Struct, gc=False):
    """A row of `events`, of which the rest is skipped."""

    event_type: EventType
    ts: str
    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    emitter: str
    epoch: int
    seq: int
    payload_hash: int
    data: msgspec.Raw
    stream_seq: int = 0


class LiveEvent(msgspec.Struct, gc=False):
    """One event that arrived."""

    event_type: EventType
    run_id: str
    labels: Labels
    emitter: str
    epoch: int
    seq: int
    payload_hash: int
    ts: str
    received_us: int
    """When the stream stored it, µs since 1970."""
    stream_seq: int
    """Its message's place in the stream; 0: unknown."""
    facts: Any
    """One of `Facts`, by the event type."""

    @property
    def identity(self) -> tuple[str, int, int]:
        """Names the event within its run."""
        return (self.emitter, self.epoch, self.seq)

    @property
    def version(self) -> tuple[int, str, Labels]:
        """Tells two events of one identity apart, and which of them counts: the greater."""
        return (self.payload_hash, self.ts, self.labels)

    @property
    def arrival(self) -> tuple[int, int, str, int, int]:
        """Orders the events of a run by when they came, as rpt_live_runs does."""
        return (
            self.received_us,
            self.epoch,
            self.emitter,
            self.seq,
            self.payload_hash,
        )


_read_lines: Final = msgspec.json.Decoder(_Line).decode_lines
_read_facts: Final = {kind: msgspec.json.Decoder(facts).decode for kind, facts in FACTS.items()}


def read_rows(rows: bytes, received_us: int) -> Iterable[LiveEvent]:
    """Read rows of `events` as the consumer's decoder writes them, all received at one time."""
    labels = Labels("", "", "", "")
    for line in _read_lines(rows):
        found = (line.experiment_id, line.job_id, line.policy_id, line.task_id)
        if labels != found:
            labels = Labels(*found)
        yield LiveEvent(
            line.event_type,
            line.run_id,
            labels,
            line.emitter,
            line.epoch,
            line.seq,
            line.payload_hash,
            line.ts,
            received_us,
            line.stream_seq,
            _read_facts[line.event_type](line.data),
        )


def read_facts(event_type: EventType, data: bytes) -> Facts:
    """Read what is kept of a payload."""
    return _read_facts[event_type](data)

"""Events as a watcher needs them: a few fields of each, read fast from lines that were judged."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from benchwire.schemas.event import EventType


class UsageFacts(msgspec.Struct, gc=False):
    """Token buckets and cost; None: not stated."""

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    nano_aiu: int | None = None
    nano_usd: int | None = None

    def values(self) -> tuple[int | None, ...]:
        """All of them, in the order of their declaration."""
        return (
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_tokens,
            self.output_tokens,
            self.reasoning_tokens,
            self.nano_aiu,
            self.nano_usd,
        )


class SourceFacts(msgspec.Struct):
    """Where an imported run comes from."""

    system: str
    source_id: str
    content_sha256: str | None = None
    n_records: int = 0
    translator_version: int = 0
    revision: int = 0


class ModelNamed(msgspec.Struct):
    """A policy document, of which only the model matters here."""

    model: str | None = None


class RunStartFacts(msgspec.Struct):
    """What a run is an attempt of."""

    trial_no: int | None = None
    attempt: int = 1
    model: str | None = None
    policy: ModelNamed | None = None
    source: SourceFacts | None = None


class StepFacts(msgspec.Struct, gc=False):
    """One step of the trajectory."""

    kind: str
    turn: int | None = None
    agent_id: str | None = None
    is_copied_context: bool | None = None
    usage: UsageFacts | None = None


class ToolCallFacts(msgspec.Struct, gc=False):
    """One call of a tool."""

    name: str
    failed: bool | None = None
    exit_kind: str | None = None


class RootFacts(msgspec.Struct, gc=False):
    """The first thing that went wrong."""

    kind: str


class FailureFacts(msgspec.Struct):
    """A failure, as far as one line tells of it."""

    root: RootFacts
    message: str | None = None
    error_type: str | None = None
    fatal: bool | None = None


class ModelUsageFacts(msgspec.Struct):
    """What a run used of one model."""

    usage: UsageFacts | None = None


class RunStopFacts(msgspec.Struct):
    """How a run ended, and what it used in all."""

    status: str
    outcome: str | None = None
    usage: UsageFacts | None = None
    models: list[ModelUsageFacts] | None = None
    total_tokens: int | None = None
    error: str | None = None
    error_type: str | None = None


class VerdictFacts(msgspec.Struct, gc=False):
    """One grading."""

    outcome: str
    graded_at: str


class PhaseFacts(msgspec.Struct, gc=False):
    """A sign of life."""

    phase: str | None = None


class NoFacts(msgspec.Struct, gc=False):
    """A payload of which nothing is shown."""


Facts = (
    RunStartFacts
    | StepFacts
    | ToolCallFacts
    | FailureFacts
    | RunStopFacts
    | VerdictFacts
    | PhaseFacts
    | NoFacts
)
FACTS: Final[dict[EventType, type[Facts]]] = {
    "run_start": RunStartFacts,
    "step": StepFacts,
    "tool_call": ToolCallFacts,
    "context_decision": NoFacts,
    "failure": FailureFacts,
    "run_stop": RunStopFacts,
    "optimizer_update": NoFacts,
    "verdict": VerdictFacts,
    "emitter_stop": NoFacts,
    "telemetry_loss": NoFacts,
    "heartbeat": PhaseFacts,
}
"""Event type → what is kept of its ``data``."""


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

"""What a watcher keeps of each payload: a few fields, None where they are not stated."""

from typing import Final

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


class PolicyFacts(msgspec.Struct):
    """What of a policy document is shown."""

    model: str | None = None
    trials: int | None = None
    """How often each task is to be tried."""


class RunStartFacts(msgspec.Struct):
    """What a run is an attempt of."""

    trial_no: int | None = None
    attempt: int = 1
    model: str | None = None
    policy: PolicyFacts | None = None
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


class LostRange(msgspec.Struct, gc=False):
    """Sequence numbers of events that are lost, both ends included."""

    first_seq: int
    last_seq: int


class LossFacts(msgspec.Struct):
    """Events of the same emitter and epoch that are declared lost."""

    ranges: list[LostRange]
    reason: str
    detail: str | None = None


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
    | LossFacts
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
    "telemetry_loss": LossFacts,
    "heartbeat": PhaseFacts,
}
"""Event type → what is kept of its ``data``."""

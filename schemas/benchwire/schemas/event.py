"""The envelope of every event, the event types, and the public model that joins both."""

from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from benchwire.schemas.context import ContextDecision
from benchwire.schemas.failure import Failure
from benchwire.schemas.identity import event_id
from benchwire.schemas.limits import ID_BYTES_MAX, U64, Hash32, Timestamp
from benchwire.schemas.optimizer import OptimizerUpdate
from benchwire.schemas.payload import Payload
from benchwire.schemas.run import RunStart, RunStop
from benchwire.schemas.step import Step
from benchwire.schemas.telemetry import EmitterStop, Heartbeat, TelemetryLoss
from benchwire.schemas.tool_call import ToolCall
from benchwire.schemas.verdict import Verdict

SCHEMA_VERSION: Final = 1

EventType = Literal[
    "run_start",
    "step",
    "tool_call",
    "context_decision",
    "failure",
    "run_stop",
    "optimizer_update",
    "verdict",
    "emitter_stop",
    "telemetry_loss",
    "heartbeat",
]
EVENT_TYPES: Final[tuple[EventType, ...]] = get_args(EventType)

AnyPayload = (
    RunStart
    | Step
    | ToolCall
    | ContextDecision
    | Failure
    | RunStop
    | OptimizerUpdate
    | Verdict
    | EmitterStop
    | TelemetryLoss
    | Heartbeat
)

PAYLOADS: Final[dict[EventType, type[AnyPayload]]] = {
    "run_start": RunStart,
    "step": Step,
    "tool_call": ToolCall,
    "context_decision": ContextDecision,
    "failure": Failure,
    "run_stop": RunStop,
    "optimizer_update": OptimizerUpdate,
    "verdict": Verdict,
    "emitter_stop": EmitterStop,
    "telemetry_loss": TelemetryLoss,
    "heartbeat": Heartbeat,
}
"""Event type → model of its ``data``."""

EVENT_TYPE_OF: Final[dict[type[Payload], EventType]] = {
    model: event_type for event_type, model in PAYLOADS.items()
}
"""Model of ``data`` → event type."""


def check_identifier(text: str) -> str:
    """Return ``text`` unchanged if it may be an identifier; raise ValueError otherwise."""
    if not text or len(text.encode("utf-8", "surrogatepass")) > ID_BYTES_MAX:
        raise ValueError(f"an identifier has 1 to {ID_BYTES_MAX} UTF-8 bytes")
    # isprintable() is false for more than control characters, and fast: it saves the second look.
    if not text.isprintable() and any(is_control(character) for character in text):
        raise ValueError("an identifier holds no control characters")
    return text


def is_control(character: str) -> bool:
    """Tell whether a character is of Unicode's category Cc."""
    return character < " " or "\x7f" <= character <= "\x9f"


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("the version is a number")  # noqa: TRY004 - pydantic turns it into a refusal
    return value  # True == 1, so that a Literal alone would take it


EnvelopeId = Annotated[
    str,
    AfterValidator(check_identifier),
    # A schema counts characters and not bytes: what it refuses is wrong, the rest is looked at.
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": ID_BYTES_MAX,
            "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$",
        }
    ),
]
"""1 to 256 UTF-8 bytes without control characters, kept verbatim."""
Uuid = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
"""Lower case, hyphenated (RFC 9562 §4)."""


class Envelope(BaseModel):
    """Who, when and where of an event: everything but its ``data``. Key order is wire order."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True
    )

    schema_version: Annotated[Literal[1], BeforeValidator(_no_bool)]
    """Version of this contract."""
    event_id: Uuid
    """UUIDv5 of ``emitter/epoch/seq`` in the namespace ``run_id``."""
    event_type: EventType
    """Which payload ``data`` is."""
    ts: Timestamp
    """When it happened, by the emitter's clock; never used for order."""
    experiment_id: EnvelopeId
    """The question asked."""
    job_id: EnvelopeId
    """One launch of the experiment."""
    policy_id: EnvelopeId
    """The arm under test."""
    task_id: EnvelopeId
    """The problem worked on."""
    run_id: Uuid
    """One attempt of one trial."""
    emitter: EnvelopeId
    """The part that emits: ``runner``, ``agent``, ``verifier``, …"""
    epoch: U64
    """Life of the emitter; importers use 0."""
    seq: U64
    """0, 1, 2, … without gaps within (run_id, emitter, epoch)."""
    step_id: EnvelopeId | None
    """Step the event belongs to; null: to none."""
    cfg_hash: Hash32 | None
    """Hash of the configuration document; null: unknown."""
    env_hash: Hash32 | None
    """Hash of the environment document; null: unknown."""
    seed: U64 | None
    """Seed of the run; null: unknown."""
    trace_id: Hash32 | None
    """W3C trace the event belongs to; null: none."""
    span_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] | None
    """W3C span the event belongs to; null: none."""
    payload_hash: U64
    """xxHash64 over the bytes of ``data`` as sent."""


class BenchmarkEvent(Envelope):
    """One event: the public model, and the judge of what the fast path refuses."""

    data: AnyPayload
    """The payload; its model follows from ``event_type``."""

    @field_validator("data", mode="plain")
    @classmethod
    def _data_of_its_type(cls, value: Any, info: ValidationInfo) -> Payload:
        event_type = info.data.get("event_type")
        if event_type is None:
            raise ValueError("data cannot be read without a valid event_type")
        model: type[Payload] = PAYLOADS[event_type]
        return model.model_validate(value)

    @classmethod
    def of(  # noqa: PLR0913 - the envelope has that many facts
        cls,
        data: AnyPayload,
        *,
        ts: str,
        experiment_id: str,
        job_id: str,
        policy_id: str,
        task_id: str,
        run_id: str,
        emitter: str,
        epoch: int,
        seq: int,
        payload_hash: int,
        step_id: str | None = None,
        cfg_hash: str | None = None,
        env_hash: str | None = None,
        seed: int | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
    ) -> Self:
        """Build an event whose version, type and id follow from the rest."""
        return cls(
            schema_version=SCHEMA_VERSION,
            event_id=event_id(run_id, emitter, epoch, seq),
            event_type=EVENT_TYPE_OF[type(data)],
            ts=ts,
            experiment_id=experiment_id,
            job_id=job_id,
            policy_id=policy_id,
            task_id=task_id,
            run_id=run_id,
            emitter=emitter,
            epoch=epoch,
            seq=seq,
            step_id=step_id,
            cfg_hash=cfg_hash,
            env_hash=env_hash,
            seed=seed,
            trace_id=trace_id,
            span_id=span_id,
            payload_hash=payload_hash,
            data=data,
        )

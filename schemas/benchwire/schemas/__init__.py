"""The vocabulary of Benchwire: events, their payloads, the wire codec and redaction."""

from benchwire.schemas.context import ContextDecision
from benchwire.schemas.errors import BenchwireError, InvalidEvent
from benchwire.schemas.event import EVENT_TYPES, PAYLOADS, BenchmarkEvent, Envelope, EventType
from benchwire.schemas.failure import (
    BuildRoot,
    ContextRoot,
    ErrorState,
    Failure,
    FlakeRoot,
    HarnessRoot,
    ImportRoot,
    PathRoot,
    PlanningRoot,
    RecoveryAttempt,
    SemanticRoot,
    ToolRoot,
)
from benchwire.schemas.optimizer import OptimizerUpdate
from benchwire.schemas.payload import Payload
from benchwire.schemas.policy import Agent, Policy, Provider, RetryPolicy, RunConfig, SandboxLimits
from benchwire.schemas.run import (
    Artifact,
    ContextComposition,
    EmitterRef,
    Host,
    RunStart,
    RunStop,
    Source,
    TestResults,
)
from benchwire.schemas.step import FileDiff, Step
from benchwire.schemas.task import Task, TaskFeatures
from benchwire.schemas.telemetry import EmitterStop, Heartbeat, SeqRange, TelemetryLoss
from benchwire.schemas.tool_call import EvidenceFootprint, ToolCall
from benchwire.schemas.usage import ModelUsage, Usage
from benchwire.schemas.verdict import Verdict

__all__ = [
    "EVENT_TYPES",
    "PAYLOADS",
    "Agent",
    "Artifact",
    "BenchmarkEvent",
    "BenchwireError",
    "BuildRoot",
    "ContextComposition",
    "ContextDecision",
    "ContextRoot",
    "EmitterRef",
    "EmitterStop",
    "Envelope",
    "ErrorState",
    "EventType",
    "EvidenceFootprint",
    "Failure",
    "FileDiff",
    "FlakeRoot",
    "HarnessRoot",
    "Heartbeat",
    "Host",
    "ImportRoot",
    "InvalidEvent",
    "ModelUsage",
    "OptimizerUpdate",
    "PathRoot",
    "Payload",
    "PlanningRoot",
    "Policy",
    "Provider",
    "RecoveryAttempt",
    "RetryPolicy",
    "RunConfig",
    "RunStart",
    "RunStop",
    "SandboxLimits",
    "SemanticRoot",
    "SeqRange",
    "Source",
    "Step",
    "Task",
    "TaskFeatures",
    "TelemetryLoss",
    "TestResults",
    "ToolCall",
    "ToolRoot",
    "Usage",
    "Verdict",
]

"""One call of a tool: how it went, how long it took, what it touched."""

from typing import Literal

from benchwire.schemas.limits import (
    Bytes,
    Count,
    ExitCode,
    Identifier,
    JsonObject,
    Milliseconds,
    Name,
    Names,
    Real,
    Text,
)
from benchwire.schemas.payload import Payload

ExitKind = Literal["ok", "deterministic", "flake", "oom", "timeout", "user_error", "system_error"]
"""How a call ended; everything but ``ok`` may carry a detail."""


class EvidenceFootprint(Payload):
    """What a call did to the code base."""

    files_read: Names | None = None
    """Files read."""
    files_modified: Names | None = None
    """Files changed."""
    lines_changed: Count | None = None
    """Lines changed."""
    tests_added: Count | None = None
    """Tests added."""
    tests_modified: Count | None = None
    """Tests changed."""
    bytes_read: Bytes | None = None
    """Bytes read."""
    bytes_written: Bytes | None = None
    """Bytes written."""


class ToolCall(Payload):
    """One finished call. A failed call and a non-zero exit are two different facts."""

    name: Name
    """Tool as the agent names it."""
    tool_call_id: Identifier | None = None
    """Id that joins the call with its request."""
    tool_type: Name | None = None
    """``function``, ``custom``, ``mcp``, …"""
    mcp_server: Name | None = None
    """MCP server that offers the tool."""
    turn: Count | None = None
    """Turn that asked for the call."""
    model: Name | None = None
    """Model that asked for the call."""
    arguments: JsonObject | None = None
    """Arguments, redacted; only where the runner chooses to record them."""
    args_hash: Name | None = None
    """Hash of the arguments: equal calls have equal hashes."""
    latency_ms: Milliseconds | None = None
    """Wall time of the call."""
    retries: Count | None = None
    """Attempts after the first."""
    exit_kind: ExitKind | None = None
    """How it ended."""
    exit_detail: Text | None = None
    """Message that goes with the exit kind."""
    exit_code: ExitCode | None = None
    """Exit code of the command, for tools that run one."""
    failed: bool | None = None
    """True if the tool itself reports failure."""
    nonzero_exit: bool | None = None
    """True if a command ran and exited non-zero, whatever the tool reports."""
    error: Text | None = None
    """Error message of a failed call."""
    error_code: Name | None = None
    """Error code of a failed call."""
    result_bytes: Bytes | None = None
    """Size of the result, in bytes."""
    result_chars: Bytes | None = None
    """Size of the result fed back to the model, in characters."""
    result: Text | None = None
    """Result text, cut to the content limit; only where the runner records it."""
    result_truncated: bool | None = None
    """True if the tool cut its own output."""
    user_requested: bool | None = None
    """True if a person, not the model, asked for the call."""
    evidence: EvidenceFootprint | None = None
    """What it touched."""
    user_feedback_score: Real | None = None
    """Score a person gave."""
    intent_accuracy: Real | None = None
    """Whether the tool did what the agent wanted."""
    agent_name: Name | None = None
    """Sub-agent that made the call."""
    agent_id: Name | None = None
    """Its instance."""
    extra: JsonObject | None = None
    """What the source says beyond this vocabulary."""

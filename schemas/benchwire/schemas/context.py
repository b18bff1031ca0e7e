"""Decisions about the context window: pruning, compaction, truncation."""

from typing import Literal

from benchwire.schemas.limits import (
    Count,
    Identifier,
    JsonObject,
    Milliseconds,
    Name,
    NonNegative,
    Real,
    TokenCount,
)
from benchwire.schemas.payload import Payload
from benchwire.schemas.usage import Usage

ContextDecisionKind = Literal["pruning", "compaction", "truncation"]
SegmentKind = Literal[
    "file_content",
    "search_results",
    "conversation_history",
    "tool_output",
    "reasoning_context",
    "documentation",
    "error_logs",
]


class ContextDecision(Payload):
    """What was kept, dropped or rewritten, and what that cost."""

    kind: ContextDecisionKind
    """What sort of decision this is."""
    segment_id: Identifier | None = None
    """Segment decided on; absent when the decision is about the whole window."""
    segment_kind: SegmentKind | None = None
    """What the segment holds."""
    kept: bool | None = None
    """True if the segment stayed."""
    success: bool | None = None
    """False if a compaction failed."""
    tokens_before: TokenCount | None = None
    """Tokens before the decision."""
    tokens_after: TokenCount | None = None
    """Tokens after it."""
    tokens_removed: TokenCount | None = None
    """Tokens removed, as the source states it."""
    messages_before: Count | None = None
    """Messages before the decision."""
    messages_after: Count | None = None
    """Messages after it."""
    messages_removed: Count | None = None
    """Messages removed, as the source states it."""
    kb_before: NonNegative | None = None
    """KiB before the decision."""
    kb_after: NonNegative | None = None
    """KiB after it."""
    token_limit: TokenCount | None = None
    """Size of the context window."""
    algorithm: Name | None = None
    """Pruning algorithm, or who performed it."""
    confidence: Real | None = None
    """Confidence in the decision."""
    impact: Real | None = None
    """Expected value of the segment, from a probe."""
    model: Name | None = None
    """Model that wrote the summary."""
    usage: Usage | None = None
    """What the decision itself cost."""
    duration_ms: Milliseconds | None = None
    """How long it took."""
    turn: Count | None = None
    """Turn in which it was made."""
    agent_id: Name | None = None
    """Sub-agent whose context it was."""
    extra: JsonObject | None = None
    """What the source says beyond this vocabulary."""

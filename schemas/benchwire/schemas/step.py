"""One entry of a trajectory: what the agent thought, did, saw and spent."""

from typing import Literal

from benchwire.schemas.limits import (
    Bytes,
    Count,
    Fraction,
    Identifier,
    JsonObject,
    Milliseconds,
    Name,
    Names,
    NonNegative,
    Real,
    Sha256,
    Text,
    TokenCount,
)
from benchwire.schemas.payload import Payload
from benchwire.schemas.usage import Usage

StepKind = Literal[
    "reason", "act", "observe", "conclude", "plan", "debate", "user", "system", "agent"
]


class FileDiff(Payload):
    """A change the step made to one file."""

    path: Text
    """Path inside the workspace."""
    before: Text | None = None
    """Earlier content; absent for a new file."""
    after: Text | None = None
    """Later content; absent for a removed file."""
    chars_changed: Count | None = None
    """Characters that differ."""


class Step(Payload):
    """An entry of the trajectory; usually one model call, an action or an observation."""

    kind: StepKind
    """What sort of entry this is."""
    step_no: Count | None = None
    """The source's own number of the step."""
    turn: Count | None = None
    """Model call (with the tools it asked for) the step belongs to, from 0."""
    model: Name | None = None
    """Model that answered; absent when no model was called."""
    reasoning_effort: Name | None = None
    """Effort asked for, in the agent's own words."""
    usage: Usage | None = None
    """Tokens and cost of the step's model calls."""
    llm_calls: Count | None = None
    """Model calls made in this step; absent = unknown, 0 = none."""
    duration_ms: Milliseconds | None = None
    """Wall time of the step."""
    api_time_ms: Milliseconds | None = None
    """Time spent waiting for the model."""
    server_time_ms: Milliseconds | None = None
    """Time the provider reports for itself."""
    time_to_first_token_ms: Milliseconds | None = None
    """Wait for the first token."""
    context_tokens: TokenCount | None = None
    """Fill of the context window after the step."""
    context_limit_tokens: TokenCount | None = None
    """Size of the context window."""
    context_kb: NonNegative | None = None
    """Size of the context in KiB, where tokens are not known."""
    finish_reason: Name | None = None
    """Why the model stopped."""
    response_id: Name | None = None
    """The provider's id of the answer."""
    request_id: Name | None = None
    """The provider's id of the request."""
    content: Text | None = None
    """Text of the step, cut to the content limit."""
    content_bytes: Bytes | None = None
    """Full UTF-8 length of the text."""
    content_sha256: Sha256 | None = None
    """Digest of the full text, when it was cut."""
    reasoning: Text | None = None
    """Visible reasoning text, cut to the content limit."""
    planned: bool | None = None
    """True if the step was part of a plan."""
    agent_name: Name | None = None
    """Sub-agent that made the step."""
    agent_id: Name | None = None
    """Its instance."""
    parent_step_id: Identifier | None = None
    """Step that started the sub-agent."""
    action_type: Name | None = None
    """Environment action, e.g. ``write_file``."""
    action_path: Text | None = None
    """File the action is about."""
    action_query: Text | None = None
    """Query or command of the action."""
    action_content_bytes: Bytes | None = None
    """Size of the content the action carried."""
    observation: JsonObject | None = None
    """Compact snapshot of what the environment answered."""
    reward: Real | None = None
    """Reward of this step."""
    cumulative_reward: Real | None = None
    """Reward so far."""
    done: bool | None = None
    """True if the episode ended here."""
    error: Text | None = None
    """Error the step ran into."""
    file_diff: FileDiff | None = None
    """File change made."""
    test_pass_rate: Fraction | None = None
    """Share of tests passing after the step."""
    security_flags: Names | None = None
    """Suspicious behaviour noticed."""
    is_copied_context: bool | None = None
    """True if the step repeats an earlier one; such steps are never counted."""
    extra: JsonObject | None = None
    """What the source says beyond this vocabulary."""

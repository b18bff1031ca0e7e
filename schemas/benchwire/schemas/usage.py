"""What model calls used: the five disjoint token buckets and what they cost."""

from typing import Literal

from benchwire.schemas.limits import Count, Milliseconds, Name, NanoAiu, NanoUsd, TokenCount
from benchwire.schemas.payload import Payload


class Usage(Payload):
    """Tokens and cost of one model call, or of a sum of them.

    The first four buckets are disjoint; their sum is every token that went through the model.
    An adapter whose source counts cached tokens inside the input subtracts them first.
    """

    input_tokens: TokenCount | None = None
    """Input tokens read without a cache."""
    cache_read_tokens: TokenCount | None = None
    """Input tokens served from the provider's cache."""
    cache_write_tokens: TokenCount | None = None
    """Input tokens written to the provider's cache."""
    output_tokens: TokenCount | None = None
    """Generated tokens, as the provider counts them."""
    reasoning_tokens: TokenCount | None = None
    """Hidden reasoning tokens; stands beside ``output_tokens``, never added to it."""
    nano_aiu: NanoAiu | None = None
    """Cost in nano-AIU (10⁻⁹ AIU); absent when unknown."""
    nano_usd: NanoUsd | None = None
    """Cost in nano US dollars as the source declares it; absent when unknown."""
    cost_source: Literal["declared", "derived"] | None = None
    """Whether the cost was declared by the source or derived from a price book."""


class ModelUsage(Payload):
    """Everything one run used of one model."""

    model: Name
    """The model's name as the provider reports it."""
    requests: Count | None = None
    """Model calls made."""
    usage: Usage | None = None
    """Tokens and cost over those calls."""
    api_time_ms: Milliseconds | None = None
    """Time spent waiting for this model."""

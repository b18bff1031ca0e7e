"""Adds up what trials declare to have used, per trial and per model."""

from collections.abc import Sequence
from typing import Any

from benchwire.producer.importers import fitting
from benchwire.producer.importers.buckets import Buckets, from_subset
from benchwire.producer.importers.harbor.documents import AgentContext
from benchwire.schemas.usage import ModelUsage


def declared_total(contexts: Sequence[AgentContext]) -> Buckets:
    """The sum over a trial's steps; a bucket that none states is unknown, a stated 0 is 0."""
    total = Buckets()
    for context in contexts:
        buckets = _buckets(context.n_input_tokens, context.n_cache_tokens, context.n_output_tokens)
        buckets.nano_usd = fitting.nano(context.cost_usd)
        buckets.nano_aiu = fitting.nano(fitting.mapping(context.metadata).get("copilot_aiu"))
        total.add(buckets)
    return total


def by_model(contexts: Sequence[AgentContext], total: Buckets) -> tuple[ModelUsage, ...] | None:
    """Shares of the models, where Harbor (0.20 and later) tells them.

    The shares speak for the run once they are there, so they must hold its cost too: AIU are
    declared for the trial only, and are those of its one model or keep the shares out.
    """
    shares: dict[str, Buckets] = {}
    for context in contexts:
        for model, said in fitting.mapping(context.model_usage).items():
            one = fitting.mapping(said)
            buckets = _buckets(
                one.get("n_input_tokens"), one.get("n_cache_tokens"), one.get("n_output_tokens")
            )
            buckets.nano_usd = fitting.nano(one.get("cost_usd"))
            shares.setdefault(fitting.name(model) or "unknown", Buckets()).add(buckets)
    if not shares:
        return None
    if len(shares) == 1:
        return (ModelUsage(model=next(iter(shares)), usage=total.usage()),)
    costs = [share.nano_usd for share in shares.values()]
    if total.nano_aiu is not None or (total.nano_usd is not None and None in costs):
        return None
    return tuple(
        ModelUsage(model=model, usage=share.usage()) for model, share in sorted(shares.items())
    )


def peak_context(contexts: Sequence[AgentContext]) -> int | None:
    """The largest input of a single call, in tokens; Pier only."""
    peaks = (fitting.tokens(context.peak_context_tokens) for context in contexts)
    return max((peak for peak in peaks if peak is not None), default=None)


def compactions(contexts: Sequence[AgentContext]) -> int | None:
    """Context summarisations; Pier only."""
    return _sum(fitting.count(context.summarization_count) for context in contexts)


def agent_steps(contexts: Sequence[AgentContext]) -> int | None:
    """Steps the agent made; Pier only."""
    return _sum(fitting.count(context.n_agent_steps) for context in contexts)


def _sum(numbers: Any) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _buckets(n_input: object, n_cache: object, n_output: object) -> Buckets:
    return from_subset(
        prompt=fitting.tokens(n_input),
        cached=fitting.tokens(n_cache),
        output=fitting.tokens(n_output),
    )

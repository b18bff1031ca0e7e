"""Turns ATIF's metrics, whose prompts contain the cached tokens, into our disjoint buckets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.buckets import Buckets, from_subset

OURS: Final = "benchwire"
"""Key of ``extra`` under which our own exports keep what ATIF has no word for."""


def of_step(metrics: Mapping[str, Any]) -> Buckets:
    """Buckets of a step's ``metrics``; the Copilot agent adds what OTel measured."""
    measured = copilot_otel(metrics)
    buckets = from_subset(
        prompt=fitting.tokens(metrics.get("prompt_tokens")),
        cached=fitting.tokens(metrics.get("cached_tokens")),
        written=fitting.tokens(measured.get("cache_creation_input_tokens")),
        output=fitting.tokens(metrics.get("completion_tokens")),
    )
    buckets.nano_usd = fitting.nano(metrics.get("cost_usd"))
    buckets.nano_aiu = fitting.nano(measured.get("aiu"))
    return _exact(buckets, metrics)


def of_final_metrics(metrics: Mapping[str, Any]) -> Buckets:
    """Buckets of a document's ``final_metrics``."""
    extra, measured = fitting.mapping(metrics.get("extra")), copilot_otel(metrics)
    buckets = from_subset(
        prompt=fitting.tokens(metrics.get("total_prompt_tokens")),
        cached=fitting.tokens(metrics.get("total_cached_tokens")),
        written=fitting.tokens(measured.get("cache_creation_input_tokens")),
        output=fitting.tokens(metrics.get("total_completion_tokens")),
    )
    buckets.reasoning_tokens = fitting.tokens(extra.get("reasoning_tokens"))
    buckets.nano_usd = fitting.nano(metrics.get("total_cost_usd"))
    buckets.nano_aiu = fitting.nano(extra.get("aiu", extra.get("copilot_aiu")))
    return _exact(buckets, metrics)


def _exact(buckets: Buckets, metrics: Mapping[str, Any]) -> Buckets:
    """The buckets with what our own exports say beside them, which no sum has to be taken from."""
    ours = fitting.mapping(fitting.mapping(metrics.get("extra")).get(OURS))
    if not ours:
        return buckets
    exact = {"input_tokens": fitting.tokens(ours.get("input_tokens"))}
    for name in ("cache_write_tokens", "reasoning_tokens"):
        if name in ours:
            exact[name] = fitting.tokens(ours[name])
    for name in ("nano_aiu", "nano_usd"):
        if name in ours:
            exact[name] = fitting.nano_aiu(ours[name])
    return replace(buckets, **exact)


def declared(total: Buckets, steps: Buckets) -> Buckets | None:
    """The totals that count as declared.

    A total that knows the cost but no tokens takes those of the steps, and one that knows
    nothing leaves it to them.
    """
    if (total.input_tokens, total.output_tokens) != (None, None):
        return total
    if (total.nano_aiu, total.nano_usd) == (None, None):
        return None
    filled = Buckets()
    filled.add(steps)
    filled.nano_aiu = steps.nano_aiu if total.nano_aiu is None else total.nano_aiu
    filled.nano_usd = steps.nano_usd if total.nano_usd is None else total.nano_usd
    return filled


def copilot_otel(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What the Copilot agent of copilot-experiments adds to metrics; empty elsewhere."""
    return fitting.mapping(fitting.mapping(metrics.get("extra")).get("copilot_otel"))

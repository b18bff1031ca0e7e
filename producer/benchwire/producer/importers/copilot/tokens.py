"""Turns Copilot's three ways of counting tokens into our five disjoint buckets.

``tokenDetails`` counts input without the cache, ``modelMetrics`` and OTel count it with the
cache inside. The buckets of :class:`benchwire.schemas.usage.Usage` are always disjoint.
"""

from collections.abc import Mapping
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.buckets import Buckets

_DETAIL_FIELDS: Final = {
    "input": "input_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "output": "output_tokens",
}


def from_details(details: object) -> Buckets | None:
    """Buckets from ``tokenDetails``: an object by type, or a list in ``copilotUsage``.

    A type that is not named was not used: 0, not unknown. An empty object says nothing.
    """
    counts = _detail_counts(details)
    if not counts:
        return None
    buckets = Buckets(input_tokens=0, cache_read_tokens=0, cache_write_tokens=0, output_tokens=0)
    for kind, count in counts:
        field = _DETAIL_FIELDS.get(kind)
        if field is not None:
            setattr(buckets, field, getattr(buckets, field) + (fitting.tokens(count) or 0))
    return buckets


def _detail_counts(details: object) -> list[tuple[str, object]]:
    if fitting.is_array(details):
        entries = [fitting.mapping(entry) for entry in details]
        return [(str(entry.get("tokenType")), entry.get("tokenCount")) for entry in entries]
    named = fitting.mapping(details)
    return [(kind, fitting.mapping(entry).get("tokenCount")) for kind, entry in named.items()]


def from_inclusive(
    *,
    total_input: object,
    cache_read: object,
    cache_write: object,
    output: object,
    reasoning: object = None,
) -> Buckets:
    """Buckets from counts whose input contains the cached tokens.

    A cache bucket that is absent beside a known input is 0: a source that counts input counts
    its cache. An input smaller than its caches cannot contain them and is taken as it stands.
    """
    total = fitting.tokens(total_input)
    read = fitting.tokens(cache_read)
    write = fitting.tokens(cache_write)
    if total is None:
        plain = None
    else:
        read, write = read or 0, write or 0
        plain = total - read - write if total >= read + write else total
    return Buckets(
        input_tokens=plain,
        cache_read_tokens=read,
        cache_write_tokens=write,
        output_tokens=fitting.tokens(output),
        reasoning_tokens=fitting.tokens(reasoning),
    )


def from_call(data: Mapping[str, Any]) -> Buckets:
    """Buckets of ``assistant.usage`` or ``compactionTokensUsed``: one model call.

    The bill (``copilotUsage``) counts each type apart and is preferred; the plain counts beside
    it contain the cache. Logs before 1.0 say ``input``, ``output`` and ``cachedInput``.
    """
    bill = fitting.mapping(data.get("copilotUsage"))
    plain = from_inclusive(
        total_input=data.get("inputTokens", data.get("input")),
        cache_read=data.get("cacheReadTokens", data.get("cachedInput")),
        cache_write=data.get("cacheWriteTokens"),
        output=data.get("outputTokens", data.get("output")),
        reasoning=data.get("reasoningTokens"),
    )
    buckets = from_details(bill.get("tokenDetails")) or plain
    buckets.reasoning_tokens = plain.reasoning_tokens
    buckets.nano_aiu = fitting.nano_aiu(bill.get("totalNanoAiu"))
    return buckets

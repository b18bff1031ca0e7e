"""Counts tokens by a plain rule, finds the cached prefix of a prompt, and prices both.

The agents of this demo are scripts and no model is called. The text they would exchange with
one is real, though, and so are the counts: a token is a word or a single punctuation mark.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchwire.schemas.usage import Usage

CACHE_BLOCK_TOKENS: Final = 64
"""A prompt is cached in whole blocks, as providers do."""
NANO_AIU_PER_TOKEN: Final = {
    "input_tokens": 500_000,
    "cache_read_tokens": 50_000,
    "cache_write_tokens": 625_000,
    "output_tokens": 2_500_000,
}
"""The demo's price list: what one token of each bucket costs, in nano-AIU."""

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")


def tokenize(text: str) -> list[str]:
    """Split a text into its words and punctuation marks."""
    return _TOKEN.findall(text)


@dataclass(slots=True)
class Spent:
    """Tokens by bucket; the first three add up to the whole prompt."""

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0

    def add(self, other: "Spent") -> None:
        """Add another call's tokens."""
        self.input_tokens += other.input_tokens
        self.cache_read_tokens += other.cache_read_tokens
        self.cache_write_tokens += other.cache_write_tokens
        self.output_tokens += other.output_tokens

    def nano_aiu_by_type(self) -> dict[str, int]:
        """What each bucket costs; token types without the ending ``_tokens``."""
        return {
            bucket.removesuffix("_tokens"): getattr(self, bucket) * price
            for bucket, price in NANO_AIU_PER_TOKEN.items()
        }

    def usage(self) -> Usage:
        """The payload that says it."""
        return Usage(
            input_tokens=self.input_tokens,
            cache_read_tokens=self.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens,
            output_tokens=self.output_tokens,
            nano_aiu=sum(self.nano_aiu_by_type().values()),
            cost_source="derived",
        )


class PromptCache:
    """Remembers the last prompt of a conversation; the next one usually begins with it."""

    def __init__(self) -> None:
        self._cached: list[str] = []

    def read(self, prompt: Sequence[str]) -> Spent:
        """Tell which tokens of a prompt come from the cache, and cache its whole blocks."""
        same = 0
        for cached, token in zip(self._cached, prompt, strict=False):
            if cached != token:
                break
            same += 1
        read = same - same % CACHE_BLOCK_TOKENS
        whole = len(prompt) - len(prompt) % CACHE_BLOCK_TOKENS
        self._cached = list(prompt[:whole])
        return Spent(
            input_tokens=len(prompt) - whole,
            cache_read_tokens=read,
            cache_write_tokens=whole - read,
        )

"""Token buckets under construction: what a model call, a step or a whole run used."""

from dataclasses import dataclass, fields

from benchwire.schemas.usage import Usage


@dataclass(slots=True)
class Buckets:
    """Token buckets that can be added up; ``None`` is unknown and stays so until a number comes."""

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    nano_aiu: int | None = None
    nano_usd: int | None = None

    def add(self, other: "Buckets") -> None:
        """Add another sum to this one, bucket by bucket."""
        for field in fields(self):
            amount: int | None = getattr(other, field.name)
            if amount is not None:
                setattr(self, field.name, (getattr(self, field.name) or 0) + amount)

    @property
    def known(self) -> bool:
        """True if any bucket holds a number."""
        return any(getattr(self, field.name) is not None for field in fields(self))

    def usage(self) -> Usage | None:
        """The sum as a payload, or nothing if nothing is known."""
        if not self.known:
            return None
        costs = (self.nano_aiu, self.nano_usd)
        return Usage(
            input_tokens=self.input_tokens,
            cache_read_tokens=self.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens,
            output_tokens=self.output_tokens,
            reasoning_tokens=self.reasoning_tokens,
            nano_aiu=self.nano_aiu,
            nano_usd=self.nano_usd,
            cost_source=None if costs == (None, None) else "declared",
        )


def buckets_of(usage: Usage | None) -> Buckets:
    """The buckets of a payload; nothing is known of an absent one."""
    if usage is None:
        return Buckets()
    return Buckets(**{field.name: getattr(usage, field.name) for field in fields(Buckets)})


def from_subset(
    *, prompt: int | None, cached: int | None, written: int | None = None, output: int | None
) -> Buckets:
    """Buckets from a prompt count that contains the cached tokens.

    What the source does not say stays unknown: a prompt whose cached share is not reported is
    input as a whole, and its cache bucket is absent, not 0. A prompt smaller than its cached
    share cannot contain it and is taken as it stands.
    """
    inside = (cached or 0) + (written or 0)
    plain = prompt - inside if prompt is not None and prompt >= inside else prompt
    return Buckets(
        input_tokens=plain,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=output,
    )

"""What a consumer is waiting for, if anything; `/readyz` and the gauge `ready` say it."""

from dataclasses import dataclass, field
from typing import Literal

Need = Literal["nats", "streams", "clickhouse", "dead_letters", "brake", "stopping"]
"""`nats`: connected. `streams`: exist. `clickhouse`: answers, with the settings we rely on.
`dead_letters`: room for more. `brake`: not engaged. `stopping`: not told to stop."""


@dataclass(slots=True)
class Readiness:
    """The needs that are not met, each with the reason."""

    missing: dict[Need, str] = field(
        default_factory=lambda: {
            "nats": "starting",
            "streams": "starting",
            "clickhouse": "starting",
        }
    )

    def met(self, need: Need) -> None:
        """Say that a need is met."""
        self.missing.pop(need, None)

    def lacks(self, need: Need, why: str) -> None:
        """Say that a need is not met, and why."""
        self.missing[need] = why

    @property
    def is_ready(self) -> bool:
        """True when messages are taken and stored."""
        return not self.missing

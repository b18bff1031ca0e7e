"""Counts what an import brought, from the very events that were emitted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.failure import Failure
from benchwire.schemas.run import RunStart, RunStop
from benchwire.schemas.step import Step
from benchwire.schemas.tool_call import ToolCall
from benchwire.schemas.usage import Usage

TOKEN_BUCKETS: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "nano_aiu",
    "nano_usd",
)

COUNTERS: Final = (
    "runs",
    "n_stopped",
    "events",
    "steps",
    "turns",
    "tool_calls",
    "tool_failures",
    "nonzero_exits",
    "failures",
)


@dataclass(slots=True)
class RunTally:
    """Counts of one run, or a sum of them. ``None`` in a bucket is unknown, never 0."""

    runs: int = 0
    n_stopped: int = 0
    """Runs that have ended; the others were under way when they were imported."""
    events: int = 0
    steps: int = 0
    turns: int = 0
    tool_calls: int = 0
    tool_failures: int = 0
    nonzero_exits: int = 0
    failures: int = 0
    usage: dict[str, int | None] = field(
        default_factory=lambda: dict[str, int | None].fromkeys(TOKEN_BUCKETS)
    )
    outcomes: Counter[str] = field(default_factory=Counter[str])
    statuses: Counter[str] = field(default_factory=Counter[str])

    def see(self, event: TranslatedEvent) -> None:
        """Count one event."""
        self.events += 1
        match event.payload:
            case Step() as step:
                if not step.is_copied_context:
                    self.steps += 1
                    _add(self.usage, step.usage)
            case ToolCall() as call:
                self.tool_calls += 1
                self.tool_failures += call.failed is True
                self.nonzero_exits += call.nonzero_exit is True
            case Failure():
                self.failures += 1
            case RunStart():
                self.runs += 1
            case RunStop() as stop:
                self._stop(stop)
            case _:
                pass

    def _stop(self, stop: RunStop) -> None:
        """Take the declared totals; without any, the sum of the steps stands."""
        self.n_stopped += 1
        self.turns += stop.turns or 0
        self.outcomes[stop.outcome or "ungraded"] += 1
        self.statuses[stop.status] += 1
        if stop.usage is not None:
            self.usage = {bucket: getattr(stop.usage, bucket) for bucket in TOKEN_BUCKETS}

    def add(self, other: "RunTally") -> None:
        """Add another run's counts."""
        for counter in COUNTERS:
            setattr(self, counter, getattr(self, counter) + getattr(other, counter))
        self.outcomes.update(other.outcomes)
        self.statuses.update(other.statuses)
        for bucket, amount in other.usage.items():
            if amount is not None:
                self.usage[bucket] = (self.usage[bucket] or 0) + amount

    def as_document(self) -> dict[str, Any]:
        """The counts as a JSON document."""
        return {
            **{counter: getattr(self, counter) for counter in COUNTERS},
            **self.usage,
            "outcomes": dict(self.outcomes),
            "statuses": dict(self.statuses),
        }


@dataclass(slots=True)
class ImportedRun:
    """One run of an import: what it is called and what it brought."""

    run: TranslatedRun
    tally: RunTally


def _add(total: dict[str, int | None], usage: Usage | None) -> None:
    if usage is None:
        return
    for bucket in TOKEN_BUCKETS:
        amount: int | None = getattr(usage, bucket)
        if amount is not None:
            total[bucket] = (total[bucket] or 0) + amount

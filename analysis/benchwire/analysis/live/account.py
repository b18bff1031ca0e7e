"""What a run has done and used so far: sums over its events, whatever the order they come in.

Every rule is that of the views: one content of an identity counts, the smallest run_start names the
run, the greatest run_stop ends it, the latest verdict decides, and one source of usage counts.
"""

from collections import defaultdict
from typing import Final

from benchwire.analysis.live.events import Labels, LiveEvent
from benchwire.analysis.live.payload_facts import (
    RunStartFacts,
    RunStopFacts,
    StepFacts,
    ToolCallFacts,
    UsageFacts,
    VerdictFacts,
)
from benchwire.analysis.live.spacing import US_PER_SECOND

UNSEQUENCED: Final = frozenset({"smith", "otlp"})
"""Emitters that do not count their events: their epochs never end."""
SPEND_SECONDS: Final = 10
"""Width of the slices of time that cost is kept in."""
N_BUCKETS: Final = 4
"""So many values of a usage are disjoint buckets of tokens; they come first."""
NANO_AIU: Final = 5
"""Place of the cost among the values of a usage."""
N_VALUES: Final = 7

Sums = list[int | None]


def no_usage() -> Sums:
    """Nothing stated."""
    return [None] * N_VALUES


def add_usage(sums: Sums, usage: UsageFacts | None) -> None:
    """Add what is stated; what nobody states stays unknown."""
    if usage is None:
        return
    for place, value in enumerate(usage.values()):
        if value is not None:
            sums[place] = (sums[place] or 0) + value


class RunAccount:
    """The sums of one run over the events of its experiment, each given once."""

    __slots__ = (
        "_label_order",
        "_models_usage",
        "_start_order",
        "_stop_order",
        "_stop_us",
        "_verdict_order",
        "labels",
        "spent_by_slice",
        "start",
        "start_ts",
        "steps",
        "steps_usage",
        "stop",
        "tool_calls",
        "tool_failures",
        "turns",
        "verdict",
    )

    def __init__(self) -> None:
        self.labels: Labels | None = None
        self.start: RunStartFacts | None = None
        self.start_ts: str = ""
        self.stop: RunStopFacts | None = None
        self.verdict: VerdictFacts | None = None
        self.steps = 0
        self.turns: set[tuple[str | None, int]] = set()
        self.tool_calls = 0
        self.tool_failures = 0
        self.steps_usage = no_usage()
        self.spent_by_slice: defaultdict[int, int] = defaultdict(int)
        """Slice of time → nano-AIU that steps of then state."""
        self._models_usage = no_usage()
        self._label_order: tuple[int | str, ...] | None = None
        self._start_order: tuple[int | str, ...] | None = None
        self._stop_order: tuple[int | str, ...] | None = None
        self._stop_us = 0
        self._verdict_order: tuple[str, int] = ("", 0)

    def add(self, event: LiveEvent) -> None:
        """Take up an event of the run's experiment."""
        kind = event.event_type
        if kind == "step":
            self._step(event, event.facts)
        elif kind == "tool_call":
            self._tool_call(event.facts)
        elif kind == "run_start":
            self._start(event, event.facts)
        elif kind == "run_stop":
            self._stop(event, event.facts)
        elif kind == "verdict":
            self._verdict(event, event.facts)
        if self.start is None:
            self._name(event)

    @property
    def usage(self) -> Sums:
        """Values of the source that counts: the run_stop's if it states any, else the steps'."""
        stated = self._stop_usage()
        if any(value is not None for value in stated):
            return stated
        if any(value is not None for value in self.steps_usage):
            return self.steps_usage
        return stated

    @property
    def total_tokens(self) -> int | None:
        """The four disjoint buckets; what the run_stop declares where no bucket is known."""
        usage = self.usage
        known = tokens_of(usage)
        if known is None and self.stop is not None and usage is not self.steps_usage:
            return self.stop.total_tokens
        return known

    @property
    def outcome(self) -> str:
        """What the deciding verdict says, else the run_stop."""
        if self.verdict is not None:
            return self.verdict.outcome
        return (self.stop.outcome if self.stop is not None else None) or "ungraded"

    def spent_since(self, since_us: int) -> int:
        """Nano-AIU that became known at or after a moment, to the slice it lies in."""
        first = slice_of(since_us)
        spent = sum(nano for at, nano in self.spent_by_slice.items() if at >= first)
        whole = self.usage[NANO_AIU]
        if whole is not None and self.stop is not None and slice_of(self._stop_us) >= first:
            # The end states the whole: what the steps had not told of is spent now.
            spent += whole - (self.steps_usage[NANO_AIU] or 0)
        return spent

    def _stop_usage(self) -> Sums:
        declared = self.stop.usage if self.stop is not None else None
        if declared is None:
            return self._models_usage
        pairs = zip(declared.values(), self._models_usage, strict=True)
        return [of_models if value is None else value for value, of_models in pairs]

    def _name(self, event: LiveEvent) -> None:
        """Before its run_start is here, a run goes by the smallest labels it was seen with."""
        order = (event.epoch, event.emitter, *event.labels)
        if self._label_order is None or order < self._label_order:
            self._label_order, self.labels = order, event.labels

    def _start(self, event: LiveEvent, facts: RunStartFacts) -> None:
        order = (event.epoch, event.emitter, event.seq, event.labels.experiment_id)
        if self._start_order is None or order < self._start_order:
            self._start_order, self.labels = order, event.labels
            self.start, self.start_ts = facts, event.ts

    def _step(self, event: LiveEvent, facts: StepFacts) -> None:
        if facts.is_copied_context:
            return
        self.steps += 1
        if facts.turn is not None:
            self.turns.add((facts.agent_id, facts.turn))
        if facts.usage is not None:
            add_usage(self.steps_usage, facts.usage)
            if facts.usage.nano_aiu:
                self.spent_by_slice[slice_of(event.received_us)] += facts.usage.nano_aiu

    def _tool_call(self, facts: ToolCallFacts) -> None:
        self.tool_calls += 1
        failed = facts.failed
        if failed is None:
            failed = facts.exit_kind is not None and facts.exit_kind != "ok"
        self.tool_failures += failed

    def _stop(self, event: LiveEvent, facts: RunStopFacts) -> None:
        ts = event.ts if event.emitter in UNSEQUENCED else ""
        order = (event.epoch, event.emitter, ts, event.seq)
        if self._stop_order is not None and order < self._stop_order:
            return
        self._stop_order, self.stop, self._stop_us = order, facts, event.received_us
        self._models_usage = no_usage()
        for entry in facts.models or ():
            add_usage(self._models_usage, entry.usage)

    def _verdict(self, event: LiveEvent, facts: VerdictFacts) -> None:
        order = (facts.graded_at, event.payload_hash)
        if self.verdict is None or order > self._verdict_order:
            self._verdict_order, self.verdict = order, facts


def tokens_of(usage: Sums) -> int | None:
    """Add up the disjoint buckets of tokens; None where none is stated."""
    known = [value for value in usage[:N_BUCKETS] if value is not None]
    return sum(known) if known else None


def slice_of(at_us: int) -> int:
    """Number the slice of time that a moment lies in."""
    return at_us // (SPEND_SECONDS * US_PER_SECOND)

"""Turns the spans of one trace into events, in the order in which they began."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.otel import content, run, steps, tokens
from benchwire.producer.importers.otel.entries import Entry
from benchwire.producer.importers.otel.facts import TraceFacts
from benchwire.producer.importers.otel.index import TraceIndex
from benchwire.producer.importers.otel.operations import MODEL_ROLES
from benchwire.producer.importers.otel.span import Span
from benchwire.producer.importers.otel.steps import Place
from benchwire.producer.importers.otel.tree import agent_key
from benchwire.producer.importers.translated import TranslatedEvent
from benchwire.schemas.event import EventType
from benchwire.schemas.payload import Payload
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.run import Source

ARGUMENTS_KEPT_MAX: Final = 1_000
"""Tool calls asked for whose arguments are remembered until their spans come."""


class TraceTranslator:
    """Makes the events of one trace and counts on the way."""

    def __init__(self, index: TraceIndex, facts: TraceFacts) -> None:
        self._index = index
        self._facts = facts
        self._tree = facts.tree
        self._redactor = Redactor()
        self._counts = run.RunCounts()
        self._turns = Counter[str | None]()
        """Turns so far, by agent; None is the main agent."""
        self._last_call: dict[str | None, tuple[str, int]] = {}
        """Step and turn of each agent's last model call."""
        self._turn_of: dict[str, int] = {}
        """Turns of model calls, by the ids of their spans."""
        self._started_by: dict[str, str | None] = {}
        """The step that started each sub-agent."""
        self._arguments: OrderedDict[str, object] = OrderedDict()

    def events(
        self, labels: Labels, source: Source, on_bytes: Callable[[int], object]
    ) -> Iterator[TranslatedEvent]:
        """Yield the run's events."""
        facts, tree = self._facts, self._tree
        yield self._event("run_start", run.run_start(facts, labels, source), facts.first_us)
        for entry in tree.entries:
            if entry.span_id in tree.wanted:
                yield from self._span_events(entry, self._index.span(facts.trace, entry))
            on_bytes(entry.place.size_bytes)
        yield self._event("run_stop", run.run_stop(facts, self._counts), facts.last_us)

    def _span_events(self, entry: Entry, span: Span) -> Iterator[TranslatedEvent]:
        place, step_id = self._place(entry)
        at_us = span.start_us if span.end_us is None else span.end_us
        if entry.span_id in self._tree.counted:
            said = content.answer(span)
            self._remember(said.arguments)
            is_embedding = entry.role == "embedding"
            step = steps.model_step(span, said, place, is_embedding=is_embedding)
            self._counts.see_step(step, tokens.declared_total(span.attributes))
            yield self._event("step", step, at_us, step_id)
        elif entry.span_id in self._tree.tools:
            asked = self._arguments.pop(entry.identity or "", None)
            call = steps.tool_call(span, place, asked, self._redactor)
            self._counts.see_call(call)
            yield self._event("tool_call", call, at_us, step_id)
        if entry.span_id in self._tree.failures:
            is_fatal = steps.has_failed(self._facts.root)
            is_model = entry.role in MODEL_ROLES
            failure = steps.failure(span, place, is_model_call=is_model, is_fatal=is_fatal)
            self._counts.last_failure_is_model = is_model
            yield self._event("failure", failure, at_us, step_id)

    def _place(self, entry: Entry) -> tuple[Place, str | None]:
        """Turn and agent of a span, and the step it belongs to."""
        agent = self._tree.agent(entry)
        key = None if agent is None else agent_key(agent)
        if agent is not None and key not in self._started_by:
            parent = self._tree.parent(agent)
            outer = None if parent is None else self._tree.agent(parent)
            outer_key = None if outer is None else agent_key(outer)
            self._started_by[key or ""] = self._last_call.get(outer_key, (None, 0))[0]
        step_id, turn = self._step_and_turn(entry, key)
        place = Place(
            turn=turn,
            agent_id=key,
            agent_name=None if agent is None else agent.name,
            parent_step_id=None if key is None else self._started_by[key],
        )
        return place, step_id

    def _step_and_turn(self, entry: Entry, key: str | None) -> tuple[str | None, int | None]:
        """A model call begins a turn; anything else belongs to the call around it, or before it."""
        if entry.span_id in self._tree.counted:
            step_id = fitting.identifier(entry.span_id) or "step"
            if entry.role == "embedding":
                return step_id, None
            turn = self._turns[key]
            self._turns[key] += 1
            self._counts.turns += 1
            self._turn_of[entry.span_id] = turn
            self._last_call[key] = step_id, turn
            return step_id, turn
        call = self._tree.call_around(entry)
        if call is not None and call.span_id in self._turn_of:
            return fitting.identifier(call.span_id), self._turn_of[call.span_id]
        return self._last_call.get(key, (None, None))

    def _remember(self, arguments: dict[str, object]) -> None:
        self._arguments.update(arguments)
        while len(self._arguments) > ARGUMENTS_KEPT_MAX:
            self._arguments.popitem(last=False)

    def _event(
        self,
        event_type: EventType,
        payload: Payload,
        at_us: int | None,
        step_id: str | None = None,
    ) -> TranslatedEvent:
        if at_us is None:
            at_us = self._facts.first_us or 0
        return TranslatedEvent(event_type, payload, timestamps.wire(at_us), step_id)

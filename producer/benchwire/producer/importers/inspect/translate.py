"""Second pass over a sample: turns what happened into events, one after the other."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.inspect import failures, run, steps, tools
from benchwire.producer.importers.inspect.archive import reading
from benchwire.producer.importers.inspect.run import Sample
from benchwire.producer.importers.inspect.scan import instant_us, is_generated
from benchwire.producer.importers.inspect.spans import Spans
from benchwire.producer.importers.inspect.walk import nested_events, pieces
from benchwire.producer.importers.translated import TranslatedEvent
from benchwire.schemas.context import ContextDecision, ContextDecisionKind
from benchwire.schemas.hashing import document_hash

_COMPACTIONS: Final[dict[object, ContextDecisionKind]] = {
    "summary": "compaction",
    "edit": "pruning",
    "trim": "truncation",
}
_KNOWN: Final = frozenset(
    {
        "sample_init",
        "sample_limit",
        "sandbox",
        "state",
        "store",
        "approval",
        "anchor",
        "branch",
        "checkpoint",
        "input",
        "interrupt",
        "review",
        "score",
        "score_edit",
        "sentinel",
        "error",
        "logger",
        "info",
        "span_begin",
        "span_end",
        "step",
        "subtask",
    }
)
"""Events that become nothing of their own: they are read elsewhere, or tell of the program."""


_UNASKED: Final[tuple[int | None, dict[str, Any]]] = (None, {})
"""Turn and call of an answer that nobody asked for."""


class SampleTranslator:
    """Translates one sample and counts on the way.

    An event without an instant in UTC bears that of the event before it.
    """

    def __init__(self, sample: Sample, unknown_types: Counter[str]) -> None:
        self._sample = sample
        self._unknown_types = unknown_types
        self._at_us = sample.began_us
        self._spans = Spans()
        self._told = set[str]()
        """Messages that were told already, by their id or digest."""
        self._turn_of: dict[str, tuple[int | None, str | None]] = {}
        """Turn and model that asked for a call, by its id."""
        self._last: tuple[int | None, str | None] = (None, None)
        self._approvals: dict[str, dict[str, Any]] = {}
        self._waiting: dict[str, tuple[int | None, dict[str, Any]]] = {}
        """Calls of a bare conversation that no message has answered yet."""
        self._n_turns = 0
        self._n_steps = 0
        self._n_compactions = 0

    def events(self, on_bytes: Callable[[int], object]) -> Iterator[TranslatedEvent]:
        """Yield the sample's events; one that was still running has no ``run_stop``."""
        sample = self._sample
        yield self._event("run_start", run.run_start(sample), sample.began_us)
        for retried in fitting.items(sample.facts.get("error_retries")):
            error = failures.error_of(retried)
            if error is not None:
                yield self._event("failure", failures.failure(error, fatal=False), self._at_us)
        if not sample.scan.is_summary:
            yield from self._pieces(on_bytes)
        if sample.is_open:
            return
        error = failures.error_of(sample.facts.get("error"))
        if error is not None:
            failed_us = sample.scan.failed_us
            at_us = sample.ended_us if failed_us is None else failed_us
            yield self._event("failure", failures.failure(error, fatal=True), at_us)
        for verdict in run.verdicts(sample):
            yield TranslatedEvent("verdict", verdict, verdict.graded_at)
        stop = run.run_stop(sample, self._n_turns, self._n_compactions)
        yield self._event("run_stop", stop, sample.ended_us)

    def _pieces(self, on_bytes: Callable[[int], object]) -> Iterator[TranslatedEvent]:
        """Translate the events; without any, the conversation.

        The first pass found it whole: it can only be broken if somebody wrote to it since.
        """
        scan, path = self._sample.scan, self._sample.header.path
        has_events = scan.n_events > 0
        with reading(path, scan.part.where), scan.part.open() as stream:
            for kind, value in pieces(stream, lambda text: on_bytes(len(text))):
                if kind == "event" and has_events:
                    for event in nested_events(fitting.mapping(value)):
                        yield from self._logged(event)
                elif kind == "message" and not has_events:
                    yield from self._message(fitting.mapping(value))
        for call_id in list(self._waiting):
            yield self._answered(call_id, None)

    def _logged(self, event: dict[str, Any]) -> Iterator[TranslatedEvent]:
        self._spans.see(event)
        at_us = instant_us(event.get("timestamp"))
        self._at_us = self._at_us if at_us is None else at_us
        match event.get("event"):
            case "model":
                yield from self._model(event)
            case "tool":
                yield self._tool(event)
            case "compaction":
                yield self._compaction(event)
            case "approval":
                self._approve(event)
            case kind if fitting.name(kind) not in _KNOWN:
                self._unknown_types[str(kind)] += 1
            case _:
                pass

    def _model(self, event: dict[str, Any]) -> Iterator[TranslatedEvent]:
        """Yield what was new to the model, then its answer; a scorer's model takes no turn."""
        texts, scorer = self._sample.scan.texts, self._spans.scorer(event)
        turn, agent = None, self._spans.subagent(event)
        if scorer is None:
            for message in steps.new_messages(event, self._sample.scan, whole=self._n_turns == 0):
                yield from self._tell(message)
            turn, self._n_turns = self._n_turns, self._n_turns + 1
        else:
            agent = (scorer, steps.SCORER)
        step = steps.model_step(event, texts, turn=turn, agent=agent)
        self._last = (turn, step.model)
        message, _ = steps.answer_of(fitting.mapping(event.get("output")))
        for call in fitting.items(message.get("tool_calls")):
            call_id = fitting.name(fitting.mapping(call).get("id"))
            if call_id is not None:
                self._turn_of[call_id] = self._last
        yield self._step(step, _ended_us(event, self._at_us))

    def _tell(self, message: Mapping[str, Any]) -> Iterator[TranslatedEvent]:
        """Yield a message of the user or the system once, however often it is asked again."""
        key = fitting.name(message.get("id")) or _digest(message)
        if key not in self._told:
            self._told.add(key)
            yield self._step(steps.message_step(message, self._sample.scan.texts), self._at_us)

    def _tool(self, event: dict[str, Any]) -> TranslatedEvent:
        call_id = fitting.name(event.get("id")) or ""
        turn, model = self._turn_of.get(call_id, self._last)
        span_id = self._spans.tool_of(event)
        known = tools.Surroundings(
            turn=turn,
            model=model,
            agent=self._spans.subagent(event),
            exit_codes=self._sample.scan.exit_codes.get(span_id or "", ()),
            approval=self._approvals.get(call_id),
        )
        call = tools.event_call(event, self._sample.scan.texts, known)
        return self._event("tool_call", call, _ended_us(event, self._at_us))

    def _compaction(self, event: Mapping[str, Any]) -> TranslatedEvent:
        self._n_compactions += 1
        decision = ContextDecision(
            kind=_COMPACTIONS.get(event.get("type"), "compaction"),
            success=True,
            tokens_before=fitting.tokens(event.get("tokens_before")),
            tokens_after=fitting.tokens(event.get("tokens_after")),
            algorithm=fitting.name(event.get("type")),
            turn=self._last[0],
            extra=fitting.document({"source": event["source"]} if event.get("source") else {}),
        )
        return self._event("context_decision", decision, self._at_us)

    def _approve(self, event: Mapping[str, Any]) -> None:
        call_id = fitting.name(fitting.mapping(event.get("call")).get("id"))
        if call_id is not None:
            names = ("approver", "decision", "explanation")
            said = {name: fitting.name(event.get(name)) for name in names}
            self._approvals[call_id] = {k: v for k, v in said.items() if v is not None}

    def _message(self, message: dict[str, Any]) -> Iterator[TranslatedEvent]:
        """Translate one message of a conversation that has no events."""
        if steps.is_told(message):
            yield self._step(steps.message_step(message, self._sample.scan.texts), self._at_us)
        elif message.get("role") == "assistant":
            turn = self._n_turns if is_generated(message) else None
            self._n_turns += turn is not None
            yield self._step(steps.answer_step(message, self._sample.scan, turn), self._at_us)
            for call in fitting.items(message.get("tool_calls")):
                asked = fitting.mapping(call)
                call_id = fitting.name(asked.get("id")) or f"call-{len(self._waiting)}"
                self._waiting[call_id] = (turn, asked)
        elif message.get("role") == "tool":
            yield self._answered(fitting.name(message.get("tool_call_id")) or "", message)

    def _answered(self, call_id: str, answer: Mapping[str, Any] | None) -> TranslatedEvent:
        turn, asked = self._waiting.pop(call_id, _UNASKED)
        call = tools.message_call(asked, answer, self._sample.scan.texts, turn)
        return self._event("tool_call", call, self._at_us)

    def _step(self, step: Any, at_us: int) -> TranslatedEvent:
        step_id = f"step-{self._n_steps}"
        self._n_steps += 1
        return TranslatedEvent("step", step, timestamps.wire(at_us), step_id)

    def _event(self, event_type: Any, payload: Any, at_us: int) -> TranslatedEvent:
        return TranslatedEvent(event_type, payload, timestamps.wire(at_us))


def _digest(message: Mapping[str, Any]) -> str:
    """What two messages without an id share if they say the same."""
    role, content = message.get("role"), message.get("content")
    if isinstance(content, str):
        return hashlib.sha256(f"{role} {content}".encode(errors="replace")).hexdigest()
    return document_hash(fitting.document({"role": role, "content": content}) or {})


def _ended_us(event: Mapping[str, Any], at_us: int) -> int:
    """When what an event tells of was done; events stand where they began."""
    ended_us = instant_us(event.get("completed"))
    return at_us if ended_us is None else ended_us

"""Second pass over an instance: turns its history into events, one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.openhands import tokens
from benchwire.producer.importers.openhands.event import Event
from benchwire.producer.importers.openhands.events import read_event
from benchwire.producer.importers.openhands.history import HISTORY, read_instance
from benchwire.producer.importers.openhands.scan import InstanceScan, instant_us
from benchwire.producer.importers.translated import TranslatedEvent
from benchwire.schemas.context import ContextDecision
from benchwire.schemas.failure import Failure, HarnessRoot, ToolRoot
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.step import Step, StepKind
from benchwire.schemas.tool_call import ToolCall

_KINDS: dict[str, StepKind] = {"user": "user", "agent": "agent"}


@dataclass(frozen=True, slots=True)
class _OpenCall:
    """A call whose result has not come yet."""

    event: Event
    turn: int | None
    step_id: str


class HistoryTranslator:
    """Translates the history of one instance, and counts on the way.

    The clock of most histories is that of an unknown place; only model responses say when they
    were made. An event without an instant in UTC bears that of the event before it.
    """

    def __init__(self, scan: InstanceScan) -> None:
        self.at_us = scan.instants_us[0] if scan.instants_us else 0
        """Time of the last event."""
        self.n_turns = 0
        """Model calls that are in the history."""
        self.n_condensations = 0
        self._scan = scan
        self._within: tokens.Inside = scan.inside
        self._latencies = _latencies(scan)
        self._turns: dict[str, tuple[int, str]] = {}
        self._open: list[_OpenCall] = []
        self._redactor = Redactor()
        self._n_events = 0

    def events(self, on_bytes: Callable[[int], object]) -> Iterator[TranslatedEvent]:
        """Yield the events; the first pass has reported what is broken."""
        others = frozenset(self._scan.facts)
        members = read_instance(
            self._scan.part, skip=others, on_bytes=lambda text: on_bytes(len(text))
        )
        for name, value in members:
            if name == HISTORY and fitting.is_object(value):
                yield from self._event(read_event(value))
        for call in self._open:
            yield self._tool_call(call, None)
        self._open = []

    def _event(self, event: Event) -> Iterator[TranslatedEvent]:
        step_id = f"event-{self._n_events}"
        self._n_events += 1
        happened = instant_us(event)
        self.at_us = self.at_us if happened is None else max(self.at_us, happened)
        match event.kind:
            case "message" | "action":
                yield from self._action(event, step_id)
            case "system":
                yield self._made(Step(kind="system", **_texts(event)), step_id)
            case "result":
                yield from self._result(event, step_id)
            case "condensation":
                self.n_condensations += 1
                yield self._made(self._condensation(event), step_id)
            case _:
                pass

    def _action(self, event: Event, step_id: str) -> Iterator[TranslatedEvent]:
        """Yield a step for each model call: one answer may ask for several actions."""
        turn = None
        if event.is_of_agent:
            known = self._turns.get(event.response_id or "")
            if known is None:
                turn, self.n_turns = self.n_turns, self.n_turns + 1
                yield self._made(self._step(event, turn), step_id)
                if event.response_id:
                    self._turns[event.response_id] = turn, step_id
            else:
                turn, step_id = known
        else:
            kind = _KINDS.get(event.source or "", "observe")
            yield self._made(Step(kind=kind, **_texts(event)), step_id)
        if event.tool is not None:
            self._open.append(_OpenCall(event, turn, step_id))

    def _result(self, event: Event, step_id: str) -> Iterator[TranslatedEvent]:
        """Yield the call a result belongs to; what nobody asked for was seen, or went wrong."""
        call = self._caller(event)
        if call is not None:
            self._open.remove(call)
            yield self._tool_call(call, event)
        elif event.failed:
            if not event.is_fatal or self._scan.error != event.text:  # that one ends the run
                yield self._made(self._failure(event), step_id)
        else:
            yield self._made(Step(kind="observe", **_texts(event)), step_id)

    def _caller(self, event: Event) -> _OpenCall | None:
        """The open call that a result names; older ones name none, and follow their action."""
        if event.is_fatal:
            return None
        if event.tool_call_id is None and event.cause is None:
            return self._open[-1] if self._open else None
        for call in self._open:
            if event.tool_call_id is not None and call.event.tool_call_id == event.tool_call_id:
                return call
            if event.cause is not None and call.event.event_id == event.cause:
                return call
        return None

    def _step(self, event: Event, turn: int) -> Step:
        used = self._scan.response(event)
        latency = self._latencies.get(event.response_id or "")
        choices = fitting.items(event.response.get("choices"))
        choice = fitting.mapping(choices[0]) if choices else {}
        return Step(
            kind="agent",
            turn=turn,
            model=fitting.name(event.response.get("model")) or self._scan.model,
            usage=None if used is None else tokens.buckets_of(used, self._within).usage(),
            llm_calls=1,
            api_time_ms=fitting.milliseconds(latency),
            finish_reason=fitting.name(choice.get("finish_reason")),
            response_id=event.response_id,
            reasoning=event.reasoning,
            **_texts(event),
        )

    def _tool_call(self, call: _OpenCall, result: Event | None) -> TranslatedEvent:
        asked = call.event
        arguments = fitting.document(asked.arguments)
        kept = None if arguments is None else fitting.mapping(self._redactor.document(arguments))
        code = None if result is None else result.exit_code
        text = None if result is None else result.text
        failed = None if result is None else result.failed
        payload = ToolCall(
            name=asked.tool or "unknown",
            tool_call_id=asked.tool_call_id,
            turn=call.turn,
            model=fitting.name(asked.response.get("model")) or self._scan.model,
            arguments=kept,
            args_hash=None if kept is None else document_hash(kept),
            latency_ms=None if result is None else timestamps.span_ms(asked.at, result.at),
            exit_code=code,
            nonzero_exit=None if code is None else code != 0,
            failed=failed,
            error=fitting.text(text) if failed else None,
            error_code=result.error_code if result is not None and failed else None,
            result=fitting.text(text),
            result_bytes=fitting.utf8_bytes(text),
            user_requested=asked.source == "user" or None,
        )
        return self._made(payload, call.step_id)

    def _condensation(self, event: Event) -> ContextDecision:
        turn = self.n_turns - 1 if self.n_turns else None
        return ContextDecision(
            kind="compaction", success=True, messages_removed=event.forgotten, turn=turn
        )

    def _failure(self, event: Event) -> Failure:
        """Word an error that belongs to no call: mostly an answer that could not be read."""
        turn = self.n_turns - 1 if self.n_turns else None
        root = (
            HarnessRoot(kind="harness", error_type=event.error_code)
            if event.is_fatal
            else ToolRoot(kind="tool", usage_error=fitting.text(event.text))
        )
        return Failure(
            root=root,
            message=fitting.text(event.text),
            error_type=event.error_code,
            turn=turn,
            fatal=event.is_fatal and event.text == self._scan.last_error,
        )

    def _made(
        self, payload: Step | ToolCall | ContextDecision | Failure, step_id: str
    ) -> TranslatedEvent:
        ts = timestamps.wire(self.at_us)
        match payload:
            case Step():
                return TranslatedEvent("step", payload, ts, step_id)
            case ToolCall():
                return TranslatedEvent("tool_call", payload, ts, step_id)
            case ContextDecision():
                return TranslatedEvent("context_decision", payload, ts, step_id)
            case Failure():
                return TranslatedEvent("failure", payload, ts, step_id)


def _texts(event: Event) -> dict[str, Any]:
    return {
        "content": fitting.text(event.text),
        "content_bytes": fitting.utf8_bytes(event.text),
    }


def _latencies(scan: InstanceScan) -> dict[str, float]:
    """Seconds each model call took, by the id of its response."""
    found: dict[str, float] = {}
    for one in fitting.items(scan.metrics.get("response_latencies")):
        said = fitting.mapping(one)
        seconds, response_id = (
            fitting.real(said.get("latency")),
            fitting.name(said.get("response_id")),
        )
        if seconds is not None and response_id:
            found[response_id] = seconds
    return found

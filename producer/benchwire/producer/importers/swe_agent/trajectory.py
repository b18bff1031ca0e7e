"""Reads the items of SWE-agent's ``trajectory``: thought, action and observation of one step.

The native function calls of versions 1 and later stand in ``history`` only, which repeats the
actions beside prompts and demonstrations. What an item and a call have in common is the action.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from benchwire.producer.importers import fitting
from benchwire.producer.importers.swe_agent.entries import (
    TIMED_OUT,
    Call,
    Entry,
    action_call,
    object_in,
    text_of,
)

_LOOK_AHEAD: Final = 4
"""Actions of the history that are looked at for the one of an item: each keeps what the other
may lack, the history no refused actions, the trajectory none that were cut off."""
_STATE_LEFT_OUT: Final = frozenset({"diff"})
"""All changes so far, again after every step."""
_HARNESS_WORDS: Final = ("Exit due to", "Exiting due to")


def trajectory_entries(
    items: Iterable[dict[str, Any]],
    history: Iterable[dict[str, Any]],
    *,
    is_without_model: bool,
) -> Iterator[Entry]:
    """Yield the entries of a trajectory.

    Args:
        items: Those of the trajectory.
        history: The messages beside it, for the function calls in them.
        is_without_model: No model was asked: a person or a recording dictated the actions.
    """
    native = _NativeCalls(iter(history))
    for item in items:
        calls = native.of(item.get("action"))
        yield _entry(item, calls, is_without_model=is_without_model)


def native_calls(message: Mapping[str, Any]) -> list[Call]:
    """The function calls of a message in the form of OpenAI's chat API."""
    found: list[Call] = []
    for said in fitting.items(message.get("tool_calls")):
        call = fitting.mapping(said)
        function = fitting.mapping(call.get("function"))
        if name := fitting.name(function.get("name")):
            arguments = function_arguments(function.get("arguments"))
            call_id = fitting.identifier(call.get("id"))
            found.append(Call(name=name, call_id=call_id, arguments=arguments))
    return found


def function_arguments(said: object) -> dict[str, Any] | None:
    """The arguments of a call, which are JSON in a string."""
    if isinstance(said, str):
        try:
            said = msgspec.json.decode(said.encode(errors="replace"))
        except (msgspec.DecodeError, RecursionError):
            return {"arguments": said} if said else None
    return fitting.document(said)


class _NativeCalls:
    """The function calls of a history, in the order of their actions."""

    def __init__(self, history: Iterator[dict[str, Any]]) -> None:
        self._history = history
        self._ahead: deque[tuple[str, list[Call]]] = deque()

    def of(self, action: object) -> list[Call]:
        """The calls of an action; none if the history has it nowhere near."""
        wanted = action.strip() if isinstance(action, str) else ""
        if not wanted:
            return []
        while len(self._ahead) < _LOOK_AHEAD and self._take():
            pass
        for number, (said, calls) in enumerate(self._ahead):
            if said == wanted:
                for _ in range(number + 1):
                    self._ahead.popleft()
                return calls
        return []

    def _take(self) -> bool:
        for message in self._history:
            action = message.get("action")
            if not message.get("is_demo") and isinstance(action, str):
                self._ahead.append((action.strip(), native_calls(message)))
                return True
        return False


def _entry(item: dict[str, Any], native: list[Call], *, is_without_model: bool) -> Entry:
    observed = text_of(item.get("observation"))
    latency_ms = fitting.milliseconds(item.get("execution_time"))
    action = action_call(item.get("action"))
    calls = native or ([] if action is None else [action])
    if len(calls) == 1:
        is_timeout = TIMED_OUT in (observed or "") and "was cancelled because" in (observed or "")
        calls = [replace(calls[0], result=observed, latency_ms=latency_ms, is_timeout=is_timeout)]
    response = text_of(item.get("response")) or text_of(item.get("thought"))
    thought = text_of(item.get("reasoning_content")) or text_of(item.get("thought"))
    is_asked = not is_without_model and not _is_of_harness(item)
    return Entry(
        kind="agent" if is_asked or calls else "conclude",
        is_model_call=is_asked,
        content=response,
        reasoning=None if thought == response else thought,
        calls=tuple(calls),
        observed=_observed(item, None if len(calls) == 1 else observed),
    )


def _is_of_harness(item: Mapping[str, Any]) -> bool:
    """Tell whether the harness itself wrote the item, to end the run."""
    thought = item.get("thought")
    return (
        isinstance(thought, str)
        and thought.startswith(_HARNESS_WORDS)
        and item.get("response") in ("", thought)
    )


def _observed(item: Mapping[str, Any], loose: str | None) -> dict[str, Any] | None:
    state = object_in(item.get("state"))  # JSON in a string up to version 0.7
    kept = {key: value for key, value in state.items() if key not in _STATE_LEFT_OUT}
    return fitting.document(
        {
            **({"state": kept} if kept else {}),
            **({"content": loose} if loose else {}),
        }
    )

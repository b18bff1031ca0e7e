"""Words the model calls of a sample as steps, and the messages that were new to the model."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.inspect import tokens
from benchwire.producer.importers.inspect.scan import SampleScan, instant_us, is_asked
from benchwire.producer.importers.inspect.texts import Texts
from benchwire.schemas.step import Step, StepKind

SCORER: Final = "scorer"
"""``agent_id`` of the calls of a scorer's model, whose name is ``agent_name``."""
_KINDS: Final[dict[object, StepKind]] = {"user": "user", "system": "system"}


def model_step(
    event: Mapping[str, Any],
    texts: Texts,
    *,
    turn: int | None,
    agent: tuple[str, str | None] | None,
) -> Step:
    """Word one model call. One that Inspect's cache answered has spent nothing."""
    output = fitting.mapping(event.get("output"))
    message, stop_reason = answer_of(output)
    asked = is_asked(dict(event))
    content = texts.of(message.get("content"))
    usage = tokens.of_usage(fitting.mapping(output.get("usage"))) if asked else None
    return Step(
        kind="agent" if turn is not None else "observe",
        turn=turn,
        model=fitting.name(event.get("model")) or model_of(output),
        reasoning_effort=fitting.name(fitting.mapping(event.get("config")).get("reasoning_effort")),
        usage=None if usage is None else usage.usage(),
        llm_calls=int(asked),
        duration_ms=wall_ms(event),
        api_time_ms=_seconds_ms(event.get("working_time", output.get("time"))) if asked else None,
        finish_reason=stop_reason,
        content=fitting.text(content),
        content_bytes=fitting.utf8_bytes(content),
        reasoning=fitting.text(texts.reasoning(message)),
        agent_name=None if agent is None else fitting.name(agent[0]),
        agent_id=None if agent is None else fitting.name(agent[1]),
        error=fitting.text(texts.of(event.get("error") or output.get("error"))),
        extra=_extra(event),
    )


def message_step(message: Mapping[str, Any], texts: Texts) -> Step:
    """Word a message of the user or of the system."""
    content = texts.of(message.get("content"))
    return Step(
        kind=_KINDS.get(fitting.name(message.get("role")), "observe"),
        llm_calls=0,
        content=fitting.text(content),
        content_bytes=fitting.utf8_bytes(content),
    )


def answer_step(message: Mapping[str, Any], scan: SampleScan, turn: int | None) -> Step:
    """Word an answer where only the conversation is there, without its events.

    Such logs tell the usage of the last call only: it is the answer's where there was just one.
    An answer that was part of the input has no turn.
    """
    content = scan.texts.of(message.get("content"))
    output = fitting.mapping(scan.facts.get("output"))
    alone = turn is not None and scan.n_answers == 1
    usage = tokens.of_usage(fitting.mapping(output.get("usage"))) if alone else None
    return Step(
        kind="agent",
        turn=turn,
        model=fitting.name(message.get("model")) or (model_of(output) if alone else None),
        usage=None if usage is None else usage.usage(),
        llm_calls=None if turn is not None else 0,
        content=fitting.text(content),
        content_bytes=fitting.utf8_bytes(content),
        reasoning=fitting.text(scan.texts.reasoning(dict(message))),
    )


def model_of(output: Mapping[str, Any]) -> str | None:
    """The model that answered."""
    return fitting.name(output.get("model"))


def is_told(message: Mapping[str, Any]) -> bool:
    """Tell whether a message is the user's or the system's."""
    return fitting.name(message.get("role")) in _KINDS


def answer_of(output: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The message that a model answered with, and why it stopped."""
    choices = fitting.items(output.get("choices"))
    choice = fitting.mapping(choices[0]) if choices else {}
    return fitting.mapping(choice.get("message")), fitting.name(choice.get("stop_reason"))


def new_messages(
    event: Mapping[str, Any], scan: SampleScan, *, whole: bool
) -> list[dict[str, Any]]:
    """What the user and the system said since an answer, or in the ``whole`` input."""
    found: list[dict[str, Any]] = []
    for message in _input_backwards(event, scan):
        if message is not None and is_told(message):
            found.append(message)
        elif not whole:
            break
    return found[::-1]


def _input_backwards(event: Mapping[str, Any], scan: SampleScan) -> Iterator[dict[str, Any] | None]:
    """The input of a call from its end; of pooled ones only the user's and the system's."""
    for one in reversed(fitting.items(event.get("input_refs"))):
        bounds = [fitting.count(bound) for bound in fitting.items(one)]
        begin, end = bounds if len(bounds) == 2 else (0, 0)  # noqa: PLR2004 - begin and end
        for index in range(min(end or 0, len(scan.pool)) - 1, (begin or 0) - 1, -1):
            yield scan.pool[index]
    for message in reversed(fitting.items(event.get("input"))):
        yield fitting.mapping(message)


def wall_ms(event: Mapping[str, Any]) -> float | None:
    """How long an event took on the clock; its working time leaves out the waiting."""
    began, ended = instant_us(event.get("timestamp")), instant_us(event.get("completed"))
    if began is None or ended is None:
        return _seconds_ms(event.get("working_time"))
    return max(0.0, (ended - began) / 1000)


def _seconds_ms(value: object) -> float | None:
    seconds = fitting.real(value)
    return None if seconds is None else fitting.real(seconds * 1000)


def _extra(event: Mapping[str, Any]) -> dict[str, Any] | None:
    said = {name: event.get(name) for name in ("role", "retries", "cache")}
    return fitting.document({key: value for key, value in said.items() if value})

"""Words steps and tool calls as ATIF v1.7 does; what it has no key for goes into `extra`.

ATIF's prompts contain the cached tokens, and its metrics, reasoning and tool calls stand on agent
steps only. An agent step with `llm_call_count` 0 may have no metrics: where the agent states both,
the metrics stay.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

Document = dict[str, Any]

OURS: Final = "benchwire"
"""Key of `extra` under which everything of ours stands."""
NANO: Final = 1_000_000_000
_PLAIN_SOURCES: Final = ("user", "system")
_AGENT_ONLY: Final = ("model", "reasoning_effort", "reasoning", "usage")
_WORDED_OF_STEP: Final = frozenset(
    {"content", "model", "reasoning_effort", "reasoning", "llm_calls", "observation", "usage"}
)
_WORDED_OF_CALL: Final = frozenset({"name", "tool_call_id", "arguments", "result"})


def atif_step(  # noqa: PLR0913 - a step, and where it stands
    data: Mapping[str, Any],
    calls: Sequence[Mapping[str, Any]],
    *,
    step_id: int,
    ts: str,
    event_step_id: str | None,
    subagents: Sequence[str] = (),
) -> Document:
    """One step with the calls that belong to it, and references to the sub-agents it started."""
    by_agent = bool(calls) or any(data.get(name) is not None for name in _AGENT_ONLY)
    kind = data.get("kind")
    source = str(kind) if kind in _PLAIN_SOURCES and not by_agent else "agent"
    document: Document = {
        "step_id": step_id,
        "timestamp": ts,
        "source": source,
        "message": data.get("content") or "",
    }
    if source == "agent":
        document |= _agent_members(data, calls)
    results = [*_results(calls, document.get("tool_calls", [])), *_loose(data)]
    results += [{"subagent_trajectory_ref": [{"trajectory_id": name}]} for name in subagents]
    if results:
        document["observation"] = {"results": results}
    if data.get("is_copied_context") is True:
        document["is_copied_context"] = True
    document["extra"] = {OURS: _ours(data, source, event_step_id)}
    return document


def placeholder(ts: str | None, message: str, *, source: str = "agent") -> Document:
    """A step that nobody emitted: it holds calls made before any step, or the mere prompt."""
    document: Document = {"step_id": 1, "source": source, "message": message}
    if ts is not None:
        document["timestamp"] = ts
    if source == "agent":
        document["llm_call_count"] = 0
    document["extra"] = {OURS: {"is_placeholder": True}}
    return document


def with_calls(document: Document, calls: Sequence[Mapping[str, Any]]) -> Document:
    """A placeholder with tool calls that belong to no step."""
    worded = _tool_calls(calls)
    results = _results(calls, worded)
    observed = {"observation": {"results": results}} if results else {}
    return {**document, "tool_calls": worded, **observed}


def metrics(usage: Mapping[str, Any]) -> Document:
    """ATIF's metrics of a usage; the exact buckets stand beside them."""
    prompt = [usage.get(f"{name}_tokens") for name in ("input", "cache_read", "cache_write")]
    known = [tokens for tokens in prompt if tokens is not None]
    nano_usd = usage.get("nano_usd")
    document = {
        "prompt_tokens": sum(known) if known else None,
        "completion_tokens": usage.get("output_tokens"),
        "cached_tokens": usage.get("cache_read_tokens"),
        "cost_usd": None if nano_usd is None else nano_usd / NANO,
        "extra": {OURS: {name: value for name, value in usage.items() if value is not None}},
    }
    return without_none(document)


def without_none(document: Mapping[str, Any]) -> Document:
    """The members that say something."""
    return {key: value for key, value in document.items() if value is not None}


def _agent_members(data: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> Document:
    usage: Mapping[str, Any] = data.get("usage") or {}
    measured = metrics(usage) if any(value is not None for value in usage.values()) else None
    llm_calls = data.get("llm_calls")
    is_dispatch = llm_calls == 0
    if is_dispatch and (measured is not None or data.get("reasoning") is not None):
        llm_calls = None
    return without_none(
        {
            "model_name": data.get("model"),
            "reasoning_effort": data.get("reasoning_effort"),
            "reasoning_content": data.get("reasoning"),
            "tool_calls": _tool_calls(calls) or None,
            "metrics": measured,
            "llm_call_count": llm_calls,
        }
    )


def _tool_calls(calls: Sequence[Mapping[str, Any]]) -> list[Document]:
    """The calls; each gets an id that no other call of the step has."""
    worded: list[Document] = []
    taken: set[str] = set()
    for number, call in enumerate(calls, 1):
        said = str(call.get("tool_call_id") or f"call-{number}")
        name, copy = said, 1
        while name in taken:
            copy += 1
            name = f"{said}-{copy}"
        taken.add(name)
        ours = {key: value for key, value in call.items() if key not in _WORDED_OF_CALL}
        worded.append(
            {
                "tool_call_id": name,
                "function_name": call["name"],
                "arguments": call.get("arguments") or {},
                **({"extra": {OURS: ours}} if ours else {}),
            }
        )
    return worded


def _results(calls: Sequence[Mapping[str, Any]], worded: Sequence[Document]) -> list[Document]:
    """What the calls answered, under the ids they were given; a mute one that failed: its error."""
    return [
        {"source_call_id": call["tool_call_id"], "content": text}
        for said, call in zip(calls, worded, strict=True)
        if (text := said.get("result") or said.get("error"))
    ]


def _loose(data: Mapping[str, Any]) -> list[Document]:
    """What the environment answered to the step as a whole."""
    observation = data.get("observation")
    if observation is None:
        return []
    only_text = set(observation) == {"content"} and isinstance(observation["content"], str)
    text = observation["content"] if only_text else json.dumps(observation, ensure_ascii=False)
    return [{"content": text}]


def _ours(data: Mapping[str, Any], source: str, event_step_id: str | None) -> Document:
    """The step's other fields, in our words."""
    kept = {key: value for key, value in data.items() if key not in _WORDED_OF_STEP}
    if source != "agent" or data.get("llm_calls") == 0:
        kept["llm_calls"] = data.get("llm_calls")
    return without_none({"step_id": event_step_id, **kept})

"""Hypothesis strategies for valid payloads and events, made from the models themselves.

For tests that need many events rather than odd ones there are plain seeded generators too.
"""

import random
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from hypothesis import strategies as st

from benchwire.schemas.codec import encode_event
from benchwire.schemas.event import (
    EVENT_TYPES,
    PAYLOADS,
    BenchmarkEvent,
    EventType,
    check_identifier,
)
from benchwire.schemas.fast import encode_payload, validate_payload
from benchwire.schemas.free_form import I64_MIN, U64_MAX, check_json_object
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import new_run_id
from benchwire.schemas.inspection import field_parts, flat_metadata, has_check, model_of
from benchwire.schemas.limits import FLOAT_MAX
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.payload import Payload
from benchwire.schemas.timestamps import check_timestamp, wire_timestamp_us

Strategy = st.SearchStrategy[Any]

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2261, 12, 31, 23, 59, 59))  # noqa: DTZ001
_U64 = st.integers(0, U64_MAX)
HEX32 = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
HEX16 = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)


def timestamps() -> st.SearchStrategy[str]:
    """Instants in wire form."""
    return _INSTANTS.map(lambda instant: f"{instant.isoformat(timespec='microseconds')}Z")


def identifiers() -> st.SearchStrategy[str]:
    """Envelope identifiers: 1 to 256 UTF-8 bytes without control characters."""
    return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def json_values() -> Strategy:
    """Whatever a free-form map may hold."""
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(I64_MIN, U64_MAX),
        st.floats(allow_nan=False, allow_infinity=False),
        _TEXTS,
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
        max_leaves=6,
    )


@lru_cache(maxsize=128)
def fields_of(model: type[Payload]) -> st.SearchStrategy[dict[str, Any]]:
    """Valid fields of a model, as plain JSON values."""
    required: dict[str, Strategy] = {}
    optional: dict[str, Strategy] = {}
    for name, info in model.model_fields.items():
        kinds = [part for part in field_parts(info) if part[0] is not NoneType]
        strategy = st.one_of([_value(kind, metadata) for kind, metadata in kinds])
        (required if info.is_required() else optional)[name] = strategy
    return st.fixed_dictionaries(required, optional=optional)


def payloads(event_type: EventType) -> st.SearchStrategy[dict[str, Any]]:
    """Valid fields of an event type's payload."""
    return fields_of(PAYLOADS[event_type])


def _value(kind: Any, metadata: list[Any]) -> Strategy:
    model = model_of(kind)
    origin = get_origin(kind)
    if origin is tuple:
        return st.lists(_inner(get_args(kind)[0]), max_size=3)
    if model is not None:
        return fields_of(model)
    if has_check(metadata, check_json_object):
        return st.dictionaries(_TEXTS, json_values(), max_size=3)
    if origin is dict:
        return st.dictionaries(_TEXTS, _inner(get_args(kind)[1]), max_size=3)
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    return _scalar(kind, metadata)


def _inner(kind: Any) -> Strategy:
    if get_origin(kind) is Annotated:
        bare, *more = get_args(kind)
        return _value(bare, flat_metadata(more))
    return _value(kind, [])


def _scalar(kind: Any, metadata: list[Any]) -> Strategy:
    low = next((item.ge for item in metadata if isinstance(item, Ge)), None)
    high = next((item.le for item in metadata if isinstance(item, Le)), None)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(low, high)  # type: ignore[arg-type]
    if kind is float:
        bounds = (-FLOAT_MAX if low is None else float(low), FLOAT_MAX if high is None else high)  # type: ignore[arg-type]
        return st.floats(bounds[0], float(bounds[1]))  # type: ignore[arg-type]
    return _text(metadata)


def _text(metadata: list[Any]) -> Strategy:
    if has_check(metadata, check_timestamp):
        return timestamps()
    patterns: list[str] = [item.pattern for item in metadata if getattr(item, "pattern", None)]
    if patterns:
        return st.from_regex(patterns[0].removesuffix("$").removeprefix("^"), fullmatch=True)
    if any(isinstance(item, MinLen) for item in metadata):
        return identifiers()
    return _TEXTS


@st.composite
def events(draw: Callable[[Strategy], Any], event_type: EventType | None = None) -> BenchmarkEvent:
    """Valid events of one type, or of any."""
    kind: EventType = event_type or draw(st.sampled_from(EVENT_TYPES))
    fields = draw(payloads(kind))
    return BenchmarkEvent.of(
        validate_payload(kind, fields),  # type: ignore[arg-type]
        ts=draw(timestamps()),
        experiment_id=draw(identifiers()),
        job_id=draw(identifiers()),
        policy_id=draw(identifiers()),
        task_id=draw(identifiers()),
        run_id=str(draw(st.uuids())),
        emitter=draw(identifiers()),
        epoch=draw(_U64),
        seq=draw(_U64),
        payload_hash=payload_hash(encode_payload(kind, fields)),
        step_id=draw(st.none() | identifiers().filter(lambda text: bool(check_identifier(text)))),
        cfg_hash=draw(st.none() | HEX32),
        env_hash=draw(st.none() | HEX32),
        seed=draw(st.none() | _U64),
        trace_id=draw(st.none() | HEX32),
        span_id=draw(st.none() | HEX16),
    )


def lines() -> st.SearchStrategy[bytes]:
    """Valid wire lines."""
    return events().map(encode_event)


def step_fields(rng: random.Random) -> dict[str, Any]:
    """A step as agents make them, from a seeded generator: cheap, for long streams."""
    return {
        "kind": rng.choice(["reason", "act", "observe"]),
        "turn": rng.randrange(50),
        "model": "gpt-5",
        "usage": {
            "input_tokens": rng.randrange(10_000),
            "cache_read_tokens": rng.randrange(100_000),
            "output_tokens": rng.randrange(2_000),
            "nano_aiu": rng.randrange(10**9),
        },
        "duration_ms": round(rng.uniform(100, 60_000), 3),
        "finish_reason": "stop",
        "content": "I will run the tests again. " * rng.randrange(1, 6),
    }


def tool_call_fields(rng: random.Random) -> dict[str, Any]:
    """A tool call as agents make them."""
    exit_code = rng.choice([0, 0, 0, 1])
    return {
        "name": rng.choice(["bash", "view", "edit"]),
        "tool_call_id": f"call_{rng.randrange(10**9)}",
        "turn": rng.randrange(50),
        "arguments": {"command": "pytest -x", "timeout": 60},
        "latency_ms": round(rng.uniform(1, 5_000), 3),
        "exit_code": exit_code,
        "failed": False,
        "nonzero_exit": exit_code != 0,
        "result_bytes": rng.randrange(100_000),
    }


def message_lines(seed: int, n_events: int, **identity: Any) -> list[bytes]:
    """Wire lines of one (run, emitter, epoch), seeded: steps and tool calls in turn."""
    rng = random.Random(seed)
    constant: dict[str, Any] = {
        "experiment_id": "exp-1",
        "job_id": "job-1",
        "policy_id": "copilot/gpt-5",
        "task_id": "django__django-11099",
        "run_id": new_run_id(),
        "emitter": "runner",
        "epoch": 1_764_000_000_000_000,
        "cfg_hash": "0" * 32,
        **identity,
    }
    template = LineTemplate(**constant)
    written: list[bytes] = []
    start_us = 1_764_000_000_000_000
    for seq in range(n_events):
        kind: EventType = "step" if seq % 2 == 0 else "tool_call"
        fields = step_fields(rng) if kind == "step" else tool_call_fields(rng)
        ts = wire_timestamp_us(start_us + seq * 1_001)
        data = encode_payload(kind, fields)
        written.append(template.line(kind, ts, seq, f"step-{seq}", data)[0])
    return written

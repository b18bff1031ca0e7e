"""The fast path is never more lenient than the judge, and nothing makes the codec raise."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import json_values, lines, payloads

from benchwire.schemas.codec import decode_message, encode_event, judge_line
from benchwire.schemas.event import EVENT_TYPES, EventType
from benchwire.schemas.free_form import is_list, is_mapping
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import event_id
from benchwire.schemas.message import read_canonical

_SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_RUN_ID = "01a1fb9d-40ce-7ac8-8379-033e6d06e031"

# Texts that look like values of another type, or lie on the edge of one.
_ODD: list[Any] = [
    *(None, True, False, "", "5", "1.0", 0, -1, 1, 1.0, 1.5, -0.0, 1e300),
    *(2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**40),
    *([], {}, [None], {"kind": "act"}, ["x"], "2026-02-31T00:00:00.000000Z", "a" * 32, "a" * 64),
    *("2026-02-28T00:00:00.000000Z", "2026-02-28T00:00:00.000000Z\n", "a" * 64 + "\n", "\x00"),
]


def _line(event_type: str, data: bytes, **changes: Any) -> bytes:
    envelope: dict[str, Any] = {
        "schema_version": 1,
        "event_id": event_id(_RUN_ID, "runner", 7, 0),
        "event_type": event_type,
        "ts": "2026-02-28T00:00:00.000001Z",
        "experiment_id": "e",
        "job_id": "j",
        "policy_id": "p",
        "task_id": "t",
        "run_id": _RUN_ID,
        "emitter": "runner",
        "epoch": 7,
        "seq": 0,
        "step_id": None,
        "cfg_hash": None,
        "env_hash": None,
        "seed": None,
        "trace_id": None,
        "span_id": None,
        "payload_hash": payload_hash(data),
        **changes,
    }
    head = json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()
    return b'%b,"data":%b}' % (head[:-1], data)


def _compact(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _agree(line: bytes) -> None:
    """Where the fast path accepts, the judge accepts, and writes the very same line."""
    decoded = decode_message(line)
    assert decoded.n_events + len(decoded.refused) == 1
    if read_canonical([line], line) is not None:
        event = judge_line(line)
        assert encode_event(event) == line
        identity = decoded.identity
        assert identity is not None
        assert identity.run_id == event.run_id
    if decoded.lines:
        # What is stored is canonical in its envelope, and judged the same again.
        assert judge_line(decoded.lines[0]) == judge_line(line)


def _replace_somewhere(data: st.DataObject, document: Any, value: Any) -> Any:
    """Put ``value`` at a drawn place of a JSON document."""
    if document and is_mapping(document):
        key = data.draw(st.sampled_from(sorted(document)))
        return {**document, key: _replace_somewhere(data, document[key], value)}
    if document and is_list(document):
        index = data.draw(st.integers(0, len(document) - 1))
        inner = _replace_somewhere(data, document[index], value)
        return [*document[:index], inner, *document[index + 1 :]]
    return value


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_a_payload_with_one_odd_value_is_judged_alike(event_type: EventType) -> None:
    @_SETTINGS
    @given(st.data())
    def check(data: st.DataObject) -> None:
        fields = data.draw(payloads(event_type))
        value = data.draw(st.sampled_from(_ODD) | json_values())
        _agree(_line(event_type, _compact(_replace_somewhere(data, fields, value))))

    check()


@_SETTINGS
@given(
    st.sampled_from(
        [
            *("ts", "experiment_id", "run_id", "emitter", "epoch", "seq", "step_id", "cfg_hash"),
            *("seed", "trace_id", "span_id", "payload_hash", "event_id", "schema_version"),
        ]
    ),
    st.sampled_from(_ODD) | json_values(),
)
def test_an_envelope_with_one_odd_value_is_judged_alike(name: str, value: Any) -> None:
    identity: dict[str, Any] = {"emitter": "runner", "epoch": 7, "seq": 0}
    changes = {name: value}
    if name in identity and type(value) is type(identity[name]):
        identity.update(changes)  # so that the event_id is right, and the value itself is judged
        changes["event_id"] = event_id(_RUN_ID, **identity)
    _agree(_line("heartbeat", b'{"phase":"setup"}', **changes))


@_SETTINGS
@given(lines(), st.data())
def test_a_damaged_line_never_raises(line: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(line)))
        until = data.draw(st.integers(at, min(at + 4, len(line))))
        line = line[:at] + data.draw(st.binary(max_size=4)) + line[until:]
    if b"\n" not in line:
        _agree(line)


@_SETTINGS
@given(st.binary(max_size=200))
def test_garbage_never_raises(payload: bytes) -> None:
    decoded = decode_message(payload)
    assert decoded.n_events == 0
    assert len(decoded.refused) == max(payload.removesuffix(b"\n").count(b"\n") + 1, 1)

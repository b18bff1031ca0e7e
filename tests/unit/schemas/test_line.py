"""The producer's lines are canonical: the consumer's fast path takes every one of them."""

from typing import Any

import pytest

from benchwire.schemas.codec import encode_event, judge_line
from benchwire.schemas.event import EventType
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import event_id
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.message import read_canonical

RUN_ID = "0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11"
TS = "2026-03-01T09:00:00.000001Z"
DATA = encode_payload("step", {"kind": "act", "content": 'é"\\\n\u2028'})


def _template(**changes: Any) -> LineTemplate:
    constant: dict[str, Any] = {
        "experiment_id": 'exp "é" \\ 1',
        "job_id": "job",
        "policy_id": "policy",
        "task_id": "task",
        "run_id": RUN_ID,
        "emitter": "runner",
        "epoch": 2**64 - 1,
        **changes,
    }
    return LineTemplate(**constant)


@pytest.mark.parametrize("step_id", [None, "step-1", 'é "quoted" \\'])
def test_a_line_is_what_the_codec_writes(step_id: str | None) -> None:
    template = _template(cfg_hash="a" * 32, seed=2**64 - 1, trace_id="b" * 32, span_id="c" * 16)
    line, written_id, digest = template.line("step", TS, 2**64 - 1, step_id, DATA)
    assert written_id == event_id(RUN_ID, "runner", 2**64 - 1, 2**64 - 1)
    assert digest == payload_hash(DATA)
    event = judge_line(line)
    assert event.step_id == step_id
    assert encode_event(event) == line
    assert read_canonical([line], line) is not None


def test_lines_of_every_length_of_second_and_type_are_canonical() -> None:
    template = _template()
    cases: list[tuple[EventType, str]] = [
        ("heartbeat", "2026-03-01T09:00:00.000000Z"),
        ("heartbeat", "2026-03-01T09:00:00.100000Z"),
        ("context_decision", "1970-01-01T00:00:00.000000Z"),
        ("tool_call", "2261-12-31T23:59:59.999999Z"),
    ]
    fields: dict[EventType, dict[str, Any]] = {
        "heartbeat": {"phase": "agent"},
        "context_decision": {"kind": "pruning"},
        "tool_call": {"name": "bash"},
    }
    lines = [
        template.line(kind, ts, seq, None, encode_payload(kind, fields[kind]))[0]
        for seq, (kind, ts) in enumerate(cases)
    ]
    assert read_canonical(lines, b"\n".join(lines)) is not None


@pytest.mark.parametrize("step_id", ["", "é" * 129, "a\nb", "a\x7f", "a\x85"])
def test_a_step_id_that_is_no_identifier_is_refused(step_id: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        _template().line("step", TS, 0, step_id, DATA)


@pytest.mark.parametrize("changes", [{"epoch": -1}, {"epoch": 2**64}, {"seed": 2**64}])
def test_numbers_beyond_64_bits_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="64-bit"):
        _template(**changes)

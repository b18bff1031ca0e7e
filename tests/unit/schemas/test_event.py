"""The public model: frozen, strict, and its payload follows from its type."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import ValidationError
from tests.strategies import message_lines

from benchwire.schemas import BenchmarkEvent, BenchwireError, InvalidEvent, Step, ToolCall, Usage
from benchwire.schemas.codec import encode_event, judge_line
from benchwire.schemas.event import check_identifier

FIELDS: dict[str, Any] = {
    "schema_version": 1,
    "event_id": "5b5a0e2c-4a80-5d35-9b5a-0b7a3d1c2e4f",
    "event_type": "step",
    "ts": "2026-03-01T09:00:00.000001Z",
    "experiment_id": "e",
    "job_id": "j",
    "policy_id": "p",
    "task_id": "t",
    "run_id": "0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11",
    "emitter": "runner",
    "epoch": 0,
    "seq": 0,
    "step_id": None,
    "cfg_hash": None,
    "env_hash": None,
    "seed": None,
    "trace_id": None,
    "span_id": None,
    "payload_hash": 0,
    "data": {"kind": "act", "usage": {"input_tokens": 1}, "security_flags": ["x"]},
}


def test_data_is_read_as_the_model_of_its_type() -> None:
    event = BenchmarkEvent(**FIELDS)
    assert event.data == Step(kind="act", usage=Usage(input_tokens=1), security_flags=("x",))
    with pytest.raises(ValidationError):
        BenchmarkEvent.model_validate({**FIELDS, "event_type": "tool_call"})
    with pytest.raises(ValidationError):
        BenchmarkEvent.model_validate({**FIELDS, "data": ToolCall(name="x")})


def test_models_are_frozen() -> None:
    event = BenchmarkEvent(**FIELDS)
    with pytest.raises(ValidationError):
        setattr(event, "seq", 5)  # noqa: B010 - the type checkers know that it is frozen
    with pytest.raises(ValidationError):
        setattr(event.data, "kind", "plan")  # noqa: B010


def test_errors_of_the_models_do_not_show_values() -> None:
    with pytest.raises(ValidationError) as caught:
        BenchmarkEvent.model_validate({**FIELDS, "data": {"kind": "hunter2", "extra": "hunter2"}})
    assert "hunter2" not in str(caught.value)


def test_of_fills_in_what_follows_from_the_rest() -> None:
    (line,) = message_lines(seed=3, n_events=1)
    event = judge_line(line)
    known = set(BenchmarkEvent.model_fields) - {"schema_version", "event_id", "event_type", "data"}
    built = BenchmarkEvent.of(event.data, **{name: getattr(event, name) for name in known})
    assert built == event
    assert encode_event(built) == line


@pytest.mark.parametrize("text", ["x", "x" * 256, "é" * 128, "\u2028 \u00a0 \u200b"])
def test_an_identifier_is_any_text_of_256_bytes(text: str) -> None:
    assert check_identifier(text) == text


@pytest.mark.parametrize("text", ["", "x" * 257, "é" * 129, "\x00", "a\nb", "\x7f", "\x9f"])
def test_an_identifier_is_short_and_without_control_characters(text: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        check_identifier(text)


def test_errors_carry_a_reason_and_a_hint_and_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(InvalidEvent("too_deep", "step.extra")))  # noqa: S301
    assert issubclass(InvalidEvent, BenchwireError)
    assert isinstance(error, InvalidEvent)
    assert (error.reason, error.detail, str(error)) == (
        "too_deep",
        "step.extra",
        "too_deep: step.extra",
    )
    assert error.hint


_FIRST_USE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from benchwire.schemas import Step, Usage
from benchwire.schemas.codec import decode_message
from benchwire.schemas.fast import encode_payload

message = sys.stdin.buffer.read()
barrier = Barrier(8)

def use(number):
    barrier.wait()
    Step(kind="act", usage=Usage(input_tokens=number), security_flags=["x"])
    encode_payload("run_stop", {"status": "ok"})
    return decode_message(message).n_events

with ThreadPoolExecutor(8) as pool:
    assert list(pool.map(use, range(8))) == [2] * 8
"""


def test_models_and_structs_may_be_first_used_by_several_threads() -> None:
    """Validators and structs are built when first used, possibly by many at once."""
    message = b"\n".join(message_lines(seed=4, n_events=2))
    subprocess.run([sys.executable, "-c", _FIRST_USE], input=message, check=True, timeout=60)


def test_encoding_is_safe_between_threads() -> None:
    def write(seed: int) -> list[bytes]:
        return message_lines(seed, 20, run_id=FIELDS["run_id"])

    with ThreadPoolExecutor(4) as pool:
        messages = list(pool.map(write, [7] * 4))
    assert all(message == messages[0] for message in messages)


def test_importing_the_schemas_loads_no_engine() -> None:
    script = (
        "import sys, benchwire.schemas.codec, benchwire.schemas.prepare;"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " {'chdb', 'clickhouse_connect', 'nats', 'pandas', 'pyarrow', 'hypothesis'}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"

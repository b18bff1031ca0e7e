import json
from typing import Any

import pytest

from benchwire.producer.event_lines import LineReader, SimpleEvent
from benchwire.producer.run_identity import RunIdentity
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.hashing import document_hash

RUN = "0189d5f0-0000-4000-8000-000000000001"


def line(**over: Any) -> bytes:
    event: dict[str, Any] = {
        "experiment_id": "e",
        "policy_id": "p",
        "task_id": "t",
        "event_type": "heartbeat",
    }
    return json.dumps({k: v for k, v in {**event, **over}.items() if v is not None}).encode()


@pytest.fixture
def reader() -> LineReader:
    return LineReader(default_emitter="runner")


def simple(reader: LineReader, raw: bytes) -> SimpleEvent:
    event = reader.read(raw)
    assert isinstance(event, SimpleEvent)
    return event


def test_lines_of_one_cell_without_run_id_are_one_run(reader: LineReader) -> None:
    first, second = simple(reader, line()), simple(reader, line())
    other = simple(reader, line(task_id="other"))
    assert first.identity == second.identity
    assert other.identity.run_id != first.identity.run_id
    assert other.identity.job_id == first.identity.job_id


def test_a_given_run_id_is_kept(reader: LineReader) -> None:
    assert simple(reader, line(run_id=RUN)).identity.run_id == RUN


def test_data_may_be_absent(reader: LineReader) -> None:
    event = simple(reader, line())
    assert (event.data, event.emitter) == ({}, "runner")


def test_hashes_follow_from_the_documents_of_the_run_start(reader: LineReader) -> None:
    config = {"a": 1, "env": {"API_TOKEN": "hush"}}
    redacted = {"a": 1, "env": {"API_TOKEN": "***redacted***"}}
    raw = line(run_id=RUN, event_type="run_start", data={"config": config})
    assert simple(reader, raw).identity.cfg_hash == document_hash(redacted)
    assert simple(reader, line(run_id=RUN)).identity.cfg_hash == document_hash(redacted)
    assert simple(reader, line(run_id=RUN)).identity.env_hash is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"3", "not_object"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (line(nonsense=1), "unknown_field"),
        (line(policy_id=None), "missing_field"),
        (line(policy_id=3), "invalid_field"),
        (line(emitter=["x"]), "invalid_field"),
        (line(seed=True), "invalid_field"),
        (line(seed=-1), "invalid_field"),
        (line(data="x"), "invalid_field"),
        (line(cfg_hash="XYZ"), "invalid_field"),
        (line(run_id=RUN.upper()), "invalid_field"),
        (line(event_type="nonsense"), "unknown_event_type"),
        (line(event_type="telemetry_loss"), "invalid_field"),
        (line(schema_version=2), "newer_version"),
        (line(schema_version=1), "missing_field"),
    ],
)
def test_a_refused_line_has_a_reason(reader: LineReader, raw: bytes, reason: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        reader.read(raw)
    assert refused.value.reason == reason
    assert refused.value.hint


IDENTITY = RunIdentity(
    experiment_id="e", job_id="j", policy_id="p", task_id="t", run_id=RUN, cfg_hash="0" * 32
)


def test_lines_of_a_given_run_need_not_name_it() -> None:
    reader = LineReader(default_emitter="agent", run=IDENTITY)
    event = simple(reader, b'{"event_type": "step", "data": {"kind": "act"}, "step_id": "s"}')
    assert (event.identity, event.emitter, event.step_id) == (IDENTITY, "agent", "s")
    assert simple(reader, line(run_id=RUN, job_id="j")).identity == IDENTITY


@pytest.mark.parametrize(
    "other", [{"task_id": "x"}, {"run_id": RUN.replace("1", "2")}, {"seed": 1}, {"job_id": "k"}]
)
def test_lines_of_a_given_run_may_name_no_other(other: dict[str, Any]) -> None:
    reader = LineReader(default_emitter="agent", run=IDENTITY)
    with pytest.raises(InvalidEvent, match="not that of this run"):
        reader.read(line(**other))

"""The producer's log: on standard error, as configured, rate limited, never in the way."""

import json
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.typing import EventDict
from tests.support.journals import identity, offline_producer

from benchwire.producer.log import Complaints, log_error, log_info


def test_an_unconfigured_log_is_json_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    log_info("segment_recovered", events=1)
    log_error("event_lost", reason="disk_full")
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert json.loads(line)["event"] == "event_lost"


def test_the_programs_own_configuration_is_used(capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[dict[str, Any]] = []

    def remember(_logger: object, _name: str, event: EventDict) -> EventDict:
        seen.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(processors=[remember])
    log_error("event_lost", reason="disk_full")
    assert seen == [{"event": "event_lost", "reason": "disk_full"}]
    assert capfd.readouterr().err == ""


def test_a_log_that_fails_breaks_no_trial(tmp_path: Path) -> None:
    def fail(*_arguments: object) -> dict[str, Any]:
        raise ValueError("I/O operation on closed file")

    structlog.configure(processors=[fail])
    producer = offline_producer(tmp_path, on_invalid="record")
    assert producer.open_emitter(identity(), "runner").emit("step", {"kind": "nonsense"}) is None
    assert producer.close(0) == 2


def test_the_same_complaint_is_due_once_a_minute_with_its_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1_000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    complaints = Complaints()
    assert complaints.due("disk_full") == 1
    assert [complaints.due("disk_full") for _ in range(5)] == [None] * 5
    assert complaints.due("invalid") == 1
    now[0] += 60
    assert complaints.due("disk_full") == 6

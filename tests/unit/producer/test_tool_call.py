from pathlib import Path
from typing import Any

import pytest
from tests.support.journals import journaled, offline_producer

from benchwire.producer import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = offline_producer(tmp_path).run(experiment_id="e", policy_id="p", task_id="t")
    run.__enter__()
    return run


def recorded(data_dir: Path) -> dict[str, Any]:
    data: dict[str, Any] = journaled(data_dir)[-1]["data"]
    return data


def test_a_call_is_measured_and_succeeds(tmp_path: Path, run: Run) -> None:
    with run.tool_call("bash", arguments={"command": "ls"}, tool_call_id="c1") as call:
        assert call.event_id is None
    event = recorded(tmp_path)
    assert event["name"] == "bash"
    assert event["latency_ms"] > 0
    assert event["failed"] is False
    assert event["arguments"] == {"command": "ls"}
    assert call.event_id == journaled(tmp_path)[-1]["event_id"]


def test_a_failed_call_and_a_nonzero_exit_are_two_facts(tmp_path: Path, run: Run) -> None:
    with run.tool_call("bash") as call:
        call.record(exit_code=2, result="näh\n")
    event = recorded(tmp_path)
    assert (event["failed"], event["nonzero_exit"], event["exit_code"]) == (False, True, 2)
    assert (event["result_chars"], event["result_bytes"]) == (4, 5)


@pytest.mark.parametrize(
    ("error", "exit_kind"),
    [(TimeoutError("slow"), "timeout"), (MemoryError(), "oom"), (OSError("x"), "system_error")],
)
def test_an_exception_fails_the_call_and_goes_on(
    tmp_path: Path, run: Run, error: Exception, exit_kind: str
) -> None:
    with pytest.raises(type(error)), run.tool_call("bash"):
        raise error
    event = recorded(tmp_path)
    assert event["failed"] is True
    assert event["exit_kind"] == exit_kind
    assert event["error_code"] == type(error).__name__


def test_what_the_caller_says_wins(tmp_path: Path, run: Run) -> None:
    with run.tool_call("bash", latency_ms=7.0) as call:
        call.record(failed=True, exit_kind="flake", result="x", result_chars=99)
    event = recorded(tmp_path)
    assert (event["latency_ms"], event["failed"], event["result_chars"]) == (7.0, True, 99)


def test_equal_arguments_have_equal_hashes_without_their_secrets(tmp_path: Path, run: Run) -> None:
    hashes: set[str] = set()
    for token in ("canary-one", "canary-two"):
        with run.tool_call("http", arguments={"b": 1, "a": 2, "api_key": token}):
            pass
        hashes.add(recorded(tmp_path)["args_hash"])
        assert "canary" not in str(recorded(tmp_path))
    assert len(hashes) == 1

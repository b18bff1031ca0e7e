"""A store in which every panel has something to show: what is over, what runs, what went wrong."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.histories import History
from tests.support.history_lines import HistoryStream, Labels, Sent, bodies, stamp
from tests.support.view_store import ViewStore

SEED = 20261121
N_RUNS = 120
EXPERIMENT = "suite-ü"
HOSTILE = "it's \"a\\b\\\" $__fromTime ${run} %27&p=x,(') -- /*"
"""Every character that SQL, URLs, Grafana or its plugin treat as something else than a letter."""
RUN_ID = str(uuid.UUID(int=3, version=4))
"""The run that says everything that a run can say."""
_USAGE = {
    "input_tokens": 1000,
    "cache_read_tokens": 4000,
    "cache_write_tokens": 500,
    "output_tokens": 50,
    "nano_aiu": 10**8,
}
_STEP = {
    "kind": "act",
    "model": "gpt-5.5",
    "usage": _USAGE,
    "duration_ms": 1500.0,
    "context_limit_tokens": 128_000,
    "action_type": "edit",
    "action_path": "a.py",
    "test_pass_rate": 0.5,
    "error": "no such file",
    "file_diff": {"path": "a.py", "before": "a", "after": "b", "chars_changed": 1},
}
_CALL = {
    "name": "bash",
    "arguments": {"command": "cat 'a.py'"},
    "args_hash": "aa",
    "latency_ms": 5.0,
    "exit_kind": "user_error",
    "exit_code": 1,
    "result_bytes": 200,
    "error": "no such file",
    "evidence": {"files_modified": ["a.py"]},
}
_FAILURE = {
    "root": {"kind": "tool", "usage_error": "a wrong path"},
    "message": "no such file",
    "error_type": "FileNotFoundError",
    "tool_call_id": "call-2",
    "turn": 2,
    "fatal": False,
    "recovery_attempts": [{"strategy": "look for it", "success": True, "time_spent_ms": 5.0}],
    "final_error_state": {"recoverable": True, "error_category": "path"},
    "contributing_factors": ["a stale listing"],
    "remediation_suggestions": ["list files first"],
}
_STOP = {
    "status": "agent_failed",
    "outcome": "unresolved",
    "rewards": {"reward": 0.0},
    "duration_ms": 9000.0,
    "usage": _USAGE,
    "peak_context_tokens": 6000,
    "models": [{"model": "gpt-5.5", "usage": _USAGE}],
    "error": "no such file",
    "error_type": "FileNotFoundError",
}
_LETTER = {
    "stream": "BENCH_EVENTS",
    "line_no": 1,
    "subject": "bench.events.e.p.t.r",
    "reason": "not_json",
    "detail": "",
    "raw": "{",
    "state": "open",
    "consumer": "a",
    "state_version": 0,
}


def fill(store: ViewStore) -> None:
    """Load it all, and what the consumer notes beside events."""
    now = datetime.now(UTC)
    sent = [*History(SEED).add_runs(N_RUNS).sent, *_recent(now)]
    store.load(bodies(sent, range(2000, len(sent), 2000)))
    for minute in range(3):
        at = now - timedelta(minutes=minute)
        _insert(store, "batches", _batch(minute, at))
        _insert(store, "dead_letters", {**_LETTER, "stream_seq": minute, **_times(at)})


def _recent(now: datetime) -> list[Sent]:
    # Of the future, so that it runs however long the tests take.
    running = _begun(EXPERIMENT, "baseline", 1, now + timedelta(hours=1))
    stalled = _begun(EXPERIMENT, "baseline", 2, now - timedelta(minutes=30))
    failed = _begun(EXPERIMENT, "baseline", 3, now - timedelta(minutes=5))
    failed.emit("failure", {"root": {"kind": "path", "invalid_path": "a.py"}})
    failed.emit("failure", _FAILURE)
    failed.emit("tool_call", {"name": "bash", "failed": False})
    failed.emit("run_stop", {**_STOP, "stopped_at": stamp(failed.now)})
    hostile = _begun(HOSTILE, HOSTILE, 4, now - timedelta(minutes=4), task_id=HOSTILE)
    plain = _begun(HOSTILE, "plain", 5, now - timedelta(minutes=3))
    flaky = _begun(EXPERIMENT, "baseline", 6, now - timedelta(minutes=2))
    for solved in (hostile, plain, flaky):
        end = {"status": "ok", "outcome": "resolved", "stopped_at": stamp(now)}
        solved.emit("run_stop", end)
    for over in (failed, hostile, plain, flaky):
        over.close()
    return [each for run in (running, stalled, failed, hostile, plain, flaky) for each in run.sent]


def _begun(
    experiment_id: str, policy_id: str, number: int, at: datetime, *, task_id: str = "task-0"
) -> HistoryStream:
    run_id = str(uuid.UUID(int=number, version=4))
    labels = Labels(experiment_id, f"job of {experiment_id}", policy_id, task_id, run_id)
    stream = HistoryStream(labels, "runner", 10**15 + number, at, now=at)
    start = {"trial_no": number, "policy": {"trials": 9, "model": "gpt-5.5"}, "model": "gpt-5.5"}
    agent = {"name": "copilot-cli", "version": "1.0.0"}
    stream.emit("run_start", {**start, "agent": agent, "started_at": stamp(at)})
    for turn in range(1, 7):
        stream.emit("step", {**_STEP, "turn": turn, "context_tokens": 1000 * turn})
        call = {"tool_call_id": f"call-{turn}", "failed": turn == 2, "turn": turn}
        stream.emit("tool_call", {**_CALL, **call})
    return stream


def _batch(number: int, at: datetime) -> dict[str, Any]:
    return {
        "batch_id": str(uuid.UUID(int=number, version=4)),
        "consumer": "a",
        "inserted_at": _stored(at),
        "first_stream_seq": number,
        "last_stream_seq": number,
        "n_messages": 10,
        "n_events": 100,
        "n_redelivered": 1,
        "n_dead_letters": 0,
        "body_bytes": 10_000,
        "insert_ms": 12.5,
        "oldest_received_at": _stored(at - timedelta(seconds=1)),
    }


def _times(at: datetime) -> dict[str, str]:
    return {"state_at": _stored(at), "received_at": _stored(at)}


def _stored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _insert(store: ViewStore, table: str, row: dict[str, Any]) -> None:
    store.command(f"INSERT INTO {table} FORMAT JSONEachRow {json.dumps(row)}")

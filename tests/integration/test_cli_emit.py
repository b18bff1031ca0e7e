"""`benchwire emit` and `drain`: lines in, rows out, and a word about every line left out."""

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import (
    benchwire,
    daemon,
    end_whatever_runs,
    eventually,
    json_of,
    rows_of,
    simple_line,
    start,
    wait_stored,
)
from tests.support.prepared_store import prepare

RUN = "0189d5f0-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack") / "data"


@pytest.fixture(scope="module", autouse=True)
def running(data_dir: Path) -> Iterator[dict[str, Any]]:
    with daemon(data_dir) as found:
        yield found


def events_of(data_dir: Path, run_id: str) -> list[dict[str, Any]]:
    sql = "SELECT * FROM events FINAL WHERE run_id = {r:String} ORDER BY emitter, epoch, seq"
    return rows_of(data_dir, sql, r=run_id)


def test_lines_become_rows_of_one_new_run(data_dir: Path) -> None:
    lines = simple_line("a") + b"\n" + simple_line("b", step_id="s1", emitter="agent")
    report = json_of(data_dir, "emit", stdin=lines)
    assert (report["lines"], report["events"], report["invalid"]) == (2, 2, 0)
    assert (report["acknowledged"], report["stored"]) == (True, True)
    (run_id,) = report["run_ids"]
    stored = events_of(data_dir, run_id)
    assert [(e["emitter"], e["event_type"], e["step_id"]) for e in stored] == [
        ("agent", "step", "s1"),
        ("agent", "emitter_stop", None),
        ("runner", "step", None),
        ("runner", "emitter_stop", None),
    ]


def test_given_identity_and_time_are_kept(data_dir: Path) -> None:
    line = simple_line(
        run_id=RUN, job_id="j1", seed=2**64 - 1, ts="2026-01-02T03:04:05.678901Z", task_id="ü/1"
    )
    report = json_of(data_dir, "emit", stdin=line)
    assert report["run_ids"] == [RUN]
    event = events_of(data_dir, RUN)[0]
    assert (event["job_id"], event["task_id"], event["seed"]) == ("j1", "ü/1", 2**64 - 1)
    assert event["ts"] == "2026-01-02 03:04:05.678901"


def test_documents_of_a_run_start_give_the_hashes(data_dir: Path) -> None:
    start_line = simple_line(event_type="run_start", data={"config": {"a": 1}, "environment": {}})
    report = json_of(data_dir, "emit", stdin=start_line + simple_line())
    stored = events_of(data_dir, report["run_ids"][0])
    hashes = {event["cfg_hash"] for event in stored}
    assert len(hashes) == 1
    assert None not in hashes


def test_invalid_lines_are_named_and_the_others_stored(data_dir: Path) -> None:
    lines = [
        simple_line("good"),
        b"not json\n",
        b"[1]\n",
        b'{"experiment_id": "x", "experiment_id": "y"}\n',
        simple_line(extra=1),
        simple_line(event_type="nonsense"),
        simple_line(data={"kind": "nonsense"}),
        simple_line(data=[1]),
        simple_line(run_id="not-a-uuid"),
        simple_line(experiment_id=None),
        simple_line(seed="1"),
        simple_line(event_type="emitter_stop", data={}),
        simple_line("also good"),
    ]
    report = json_of(data_dir, "emit", stdin=b"".join(lines), code=1)
    assert (report["lines"], report["events"], report["invalid"]) == (13, 2, 11)
    assert report["stored"]
    assert [(p["line"], p["reason"]) for p in report["problems"]] == [
        (2, "not_json"),
        (3, "not_object"),
        (4, "duplicate_key"),
        (5, "unknown_field"),
        (6, "unknown_event_type"),
        (7, "invalid_field"),
        (8, "invalid_field"),
        (9, "invalid_field"),
        (10, "missing_field"),
        (11, "invalid_field"),
        (12, "invalid_field"),
    ]
    assert all(p["hint"] for p in report["problems"])


def test_reports_go_to_standard_error_with_line_numbers(data_dir: Path) -> None:
    done = benchwire(data_dir, "emit", stdin=simple_line() + b"{}\n", code=1)
    assert b"line 2: missing_field: experiment_id" in done.stderr
    assert b"line 2" not in done.stdout


def test_a_secret_in_an_invalid_line_is_not_repeated(data_dir: Path) -> None:
    secret = "sk-" + "a1B2" * 12
    lines = simple_line(data={"kind": secret}) + simple_line(run_id=secret) + secret.encode()
    done = benchwire(data_dir, "emit", "--json", stdin=lines, code=1)
    assert secret.encode() not in done.stdout + done.stderr


def test_wire_lines_keep_their_identity_and_can_be_sent_again(data_dir: Path) -> None:
    run_id = str(uuid.uuid4())
    json_of(data_dir, "emit", stdin=simple_line("wire", run_id=run_id) + simple_line(run_id=run_id))
    wire = b"".join(path.read_bytes() for path in (data_dir / "journal" / run_id).glob("*.seg"))
    before = events_of(data_dir, run_id)
    assert len(before) == 3
    report = json_of(data_dir, "emit", stdin=wire)
    assert (report["events"], report["invalid"]) == (3, 0)
    assert report["stored"]
    after = events_of(data_dir, run_id)
    keys = ("event_id", "epoch", "seq", "ts", "payload_hash", "data")
    assert [[e[k] for k in keys] for e in after] == [[e[k] for k in keys] for e in before]


def test_wire_lines_out_of_order_are_refused(data_dir: Path) -> None:
    run_id = str(uuid.uuid4())
    json_of(data_dir, "emit", stdin=simple_line("1", run_id=run_id) + simple_line(run_id=run_id))
    (segment,) = (data_dir / "journal" / run_id).glob("*.seg")
    lines = segment.read_bytes().splitlines(keepends=True)
    report = json_of(data_dir, "emit", "--journal-only", stdin=lines[1] + lines[0], code=1)
    assert [(p["line"], p["reason"]) for p in report["problems"]] == [(1, "invalid_field")]


def test_a_file_is_read_and_a_missing_one_is_wrong_usage(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(simple_line() * 5)
    assert json_of(data_dir, "emit", str(path))["events"] == 5
    benchwire(data_dir, "emit", str(tmp_path / "missing"), code=2)


def test_lines_that_cannot_be_journaled_are_called_lost(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("in the way")
    done = benchwire(
        tmp_path,
        "emit",
        "--journal-only",
        stdin=b'{"experiment_id":"x","policy_id":"p","task_id":"t","event_type":"heartbeat"}\n',
        code=1,
    )
    assert b"1 of 1 lines could not be journaled and are lost" in done.stderr
    assert b"benchwire doctor" in done.stderr


def test_lines_arrive_while_the_pipe_is_open(data_dir: Path) -> None:
    run_id = str(uuid.uuid4())
    process = start(data_dir, "emit")
    assert process.stdin is not None
    process.stdin.write(simple_line("live", run_id=run_id))
    process.stdin.flush()
    assert eventually(lambda: len(events_of(data_dir, run_id)) == 1)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_what_a_killed_emit_left_is_drained(data_dir: Path) -> None:
    run_id = str(uuid.uuid4())
    process = start(data_dir, "emit", "--journal-only")
    assert process.stdin is not None
    process.stdin.write(simple_line("before the kill", run_id=run_id))
    process.stdin.flush()
    run_journal = data_dir / "journal" / run_id
    assert eventually(lambda: any(p.stat().st_size for p in run_journal.glob("*.seg")))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    report = json_of(data_dir, "drain")
    assert report["complete"]
    assert [e["event_type"] for e in events_of(data_dir, run_id)] == ["step", "emitter_stop"]


def test_emit_and_sql_work_without_a_daemon(tmp_path: Path) -> None:
    data_dir = prepare(tmp_path / "own")
    try:
        assert json_of(data_dir, "emit", stdin=simple_line())["stored"]
        done = benchwire(data_dir, "sql", "SELECT count() FROM events", "--format", "TSV")
        assert done.stdout == b"2\n"
    finally:
        end_whatever_runs(data_dir)


def test_a_run_told_from_start_to_stop_is_complete(data_dir: Path) -> None:
    lines = (
        simple_line(event_type="run_start", data={"trial_no": 1})
        + simple_line("work")
        + simple_line(event_type="run_stop", data={"status": "ok", "outcome": "resolved"})
    )
    (run_id,) = json_of(data_dir, "emit", stdin=lines)["run_ids"]
    found = json_of(data_dir, "integrity", run_id, "--strict")["run"]
    assert (found["state"], found["telemetry"], found["n_events"]) == ("stopped", "complete", 4)
    assert run_id.encode() in benchwire(data_dir, "integrity", run_id[:8]).stdout


def test_a_run_cut_off_is_not_complete_and_strict_says_so(data_dir: Path) -> None:
    run_id = str(uuid.uuid4())
    process = start(data_dir, "emit")
    assert process.stdin is not None
    process.stdin.write(simple_line(run_id=run_id, event_type="run_start", data={}))
    process.stdin.flush()
    assert eventually(lambda: len(events_of(data_dir, run_id)) == 1)
    wait_stored(data_dir)
    assert json_of(data_dir, "integrity", run_id)["run"]["telemetry"] == "open"
    json_of(data_dir, "integrity", run_id, "--strict", code=1)
    json_of(data_dir, "emit", stdin=simple_line("complete", experiment_id="0-listed-first"))
    (first,) = json_of(data_dir, "integrity", "--strict", "--limit", "1", code=1)
    assert (first["experiment_id"], first["telemetry"]) == ("0-listed-first", "complete")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert json_of(data_dir, "drain")["complete"]
    found = json_of(data_dir, "integrity", run_id)
    assert (found["run"]["state"], found["run"]["telemetry"]) == ("interrupted", "complete")
    assert [epoch["sealed_by"] for epoch in found["epochs"]] == ["recovery"]


def test_an_unknown_run_is_an_error(data_dir: Path) -> None:
    assert b"no run 'zzz'" in benchwire(data_dir, "integrity", "zzz", code=1).stderr

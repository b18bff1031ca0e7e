"""`benchwire import copilot` through the whole pipeline, as a user runs it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import benchwire, daemon, json_of, rows_of
from tests.support.copilot_sessions import SessionLog
from tests.support.prepared_store import prepare
from tests.support.recordings import SESSIONS

SUMMARY = """\
SELECT run_id, experiment_id, policy_id, task_id, trial_no, status, outcome, turns, tool_calls,
    tool_failures, nonzero_exits, input_tokens, cache_read_tokens, cache_write_tokens,
    output_tokens, reasoning_tokens, nano_aiu, source_id
FROM rpt_run_summary
WHERE source_id = {session:String}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory whose engines run; every test brings sessions of its own."""
    data_dir = tmp_path_factory.mktemp("data")
    with daemon(data_dir):
        yield data_dir


def answer(store: Path, sql: str, session: str) -> list[dict[str, Any]]:
    return rows_of(store, sql, session=session)


def summary(store: Path, session: str) -> dict[str, Any]:
    """The one run that counts for a session."""
    (row,) = answer(store, SUMMARY, session)
    return row


def some_session(name: str) -> SessionLog:
    log = SessionLog(name).start().record("user.message", {"content": "Do it."})
    log.turn(0, tools=("a", "b")).tool_start("c", "bash")
    log.tool_complete("c", telemetry={"metrics": {"exit_code": 3}})
    return log.tool_start("d").tool_complete("d", success=False)


def test_a_session_becomes_a_run_with_its_numbers(store: Path, tmp_path: Path) -> None:
    log = some_session("numbers").shutdown(plain=10, read=20, output=3, nano_aiu=8668300000.0)
    report = json_of(store, "import", "copilot", str(log.write(tmp_path)))
    assert report["stored"] is True
    assert summary(store, "numbers") == {
        "run_id": report["runs"][0]["run_id"],
        "experiment_id": "shop",
        "policy_id": "copilot-cli/gpt-5.5",
        "task_id": "numbers",
        "trial_no": None,
        "status": "ok",
        "outcome": "ungraded",
        "turns": 1,
        "tool_calls": 4,
        "tool_failures": 1,
        "nonzero_exits": 1,
        "input_tokens": 10,
        "cache_read_tokens": 20,
        "cache_write_tokens": 0,
        "output_tokens": 3,
        "reasoning_tokens": None,
        "nano_aiu": 8668300000,
        "source_id": "numbers",
    }


def test_importing_twice_changes_nothing(store: Path, tmp_path: Path) -> None:
    folder = str(some_session("twice").shutdown().write(tmp_path))
    first = json_of(store, "import", "copilot", folder)
    before = summary(store, "twice")
    again = json_of(store, "import", "copilot", folder)
    assert summary(store, "twice") == before
    assert again["runs"] == first["runs"]
    integrity = """\
        SELECT telemetry FROM rpt_run_integrity
        WHERE run_id IN (SELECT run_id FROM stg_runs WHERE source_id = {session:String})"""
    assert answer(store, integrity, "twice") == [{"telemetry": "complete"}]


def test_a_session_that_grew_replaces_its_earlier_import(store: Path, tmp_path: Path) -> None:
    log = some_session("grown")
    json_of(store, "import", "copilot", str(log.write(tmp_path)))
    before = summary(store, "grown")
    json_of(store, "import", "copilot", str(log.turn(1).shutdown().write(tmp_path)))
    after = summary(store, "grown")
    assert (before["status"], after["status"]) == ("agent_failed", "ok")
    assert (before["turns"], after["turns"]) == (1, 2)


def test_without_a_shutdown_the_steps_and_the_checkpoint_count(store: Path, tmp_path: Path) -> None:
    log = some_session("cut").turn(1, output_tokens=5)
    json_of(store, "import", "copilot", str(log.write(tmp_path)))
    row = summary(store, "cut")
    assert (row["output_tokens"], row["input_tokens"], row["nano_aiu"]) == (15, None, None)
    log.record("session.usage_checkpoint", {"totalNanoAiu": 7_000_000_000.0})
    json_of(store, "import", "copilot", str(log.write(tmp_path)))
    row = summary(store, "cut")
    assert (row["output_tokens"], row["input_tokens"], row["nano_aiu"]) == (15, None, 7_000_000_000)


def test_other_labels_replace_the_earlier_ones_and_back_again(store: Path, tmp_path: Path) -> None:
    folder = str(some_session("relabelled").shutdown().write(tmp_path))
    json_of(store, "import", "copilot", folder)
    labels = ("--experiment", "mine", "--policy", "p", "--task", "t", "--trial", "2", "--job", "j")
    json_of(store, "import", "copilot", folder, *labels)
    row = summary(store, "relabelled")
    names = ("experiment_id", "policy_id", "task_id", "trial_no")
    assert [row[name] for name in names] == ["mine", "p", "t", 2]
    report = json_of(store, "import", "copilot", folder)
    assert report["runs"][0]["revision"] == 2
    row = summary(store, "relabelled")
    assert [row[name] for name in names] == ["shop", "copilot-cli/gpt-5.5", "relabelled", None]


def test_a_foreign_file_is_named_and_the_rest_imported(store: Path, tmp_path: Path) -> None:
    some_session("beside").shutdown().write(tmp_path / "good")
    foreign = tmp_path / "bad" / "events.jsonl"
    foreign.parent.mkdir()
    foreign.write_text("these are not the records you are looking for\n")
    done = benchwire(store, "import", "copilot", str(tmp_path), "--json", code=1)
    assert len(json.loads(done.stdout)["runs"]) == 1
    assert f"{foreign}: not a Copilot session log" in done.stderr.decode()
    assert summary(store, "beside")["turns"] == 1


def test_without_a_daemon_the_engines_start_for_the_import(tmp_path: Path) -> None:
    folder = str(some_session("alone").shutdown().write(tmp_path / "session"))
    data_dir = prepare(tmp_path / "data")
    assert json_of(data_dir, "import", "copilot", folder)["stored"] is True
    words = ("--param", "session=alone", "--format", "JSONEachRow")
    assert json.loads(benchwire(data_dir, "sql", SUMMARY, *words).stdout)["turns"] == 1


def test_a_dry_run_counts_and_stores_nothing(tmp_path: Path) -> None:
    folder = str(some_session("dry").shutdown().write(tmp_path / "session"))
    report = json_of(tmp_path / "data", "import", "copilot", folder, "--dry-run")
    assert report["total"]["tool_calls"] == 4
    assert report["stored"] is None
    assert not (tmp_path / "data").exists()


def test_warnings_name_file_and_line_and_strict_makes_them_errors(tmp_path: Path) -> None:
    path = some_session("odd").shutdown().write(tmp_path) / "events.jsonl"
    path.write_text(path.read_text().replace("\n", "\n{broken\n", 1))
    words = ("import", "copilot", str(path), "--dry-run")
    done = benchwire(tmp_path / "data", *words)
    assert f"warning: {path}:2: " in done.stderr.decode()
    done = benchwire(tmp_path / "data", *words, "--strict", code=1)
    assert f"error: {path}:2: " in done.stderr.decode()


@pytest.mark.parametrize("words", [(), ("--trial", "0"), ("--experiment", "x" * 300)])
def test_wrong_usage_is_told_apart(tmp_path: Path, words: tuple[str, ...]) -> None:
    paths = [str(tmp_path)] if words else []
    benchwire(tmp_path / "data", "import", "copilot", *paths, *words, code=2)


def test_one_trial_number_does_not_fit_many_sessions(tmp_path: Path) -> None:
    for name in ("one", "other"):
        SessionLog(name).start().shutdown().write(tmp_path / name)
    words = (str(tmp_path), "--trial", "1", "--dry-run")
    done = benchwire(tmp_path / "data", "import", "copilot", *words, code=2)
    assert "2 runs" in done.stderr.decode()


@pytest.mark.skipif(not SESSIONS, reason="no recorded sessions here")
def test_real_sessions_keep_every_number(store: Path) -> None:
    json_of(store, "import", "copilot", *map(str, SESSIONS))
    for recorded in SESSIONS:
        lines = (recorded / "events.jsonl").read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines]
        shutdown = next(e["data"] for e in events if e["type"] == "session.shutdown")
        details = {kind: entry["tokenCount"] for kind, entry in shutdown["tokenDetails"].items()}
        row = summary(store, events[0]["data"]["sessionId"])
        assert row["nano_aiu"] == shutdown["totalNanoAiu"]
        assert row["input_tokens"] == details["input"]
        assert row["cache_read_tokens"] == details.get("cache_read", 0)
        assert row["cache_write_tokens"] == details.get("cache_write", 0)
        assert row["output_tokens"] == details["output"]
        assert row["turns"] == sum(e["type"] == "assistant.turn_start" for e in events)
        assert row["tool_calls"] == sum(e["type"] == "tool.execution_complete" for e in events)

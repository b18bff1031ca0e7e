"""A Copilot trial through a stand-in that replays a session slowly: live, and imported later."""

import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.copilot_sessions import SessionLog
from tests.support.history_lines import Sent, bodies
from tests.support.journals import journal_lines, offline_producer
from tests.support.recordings import SESSIONS
from tests.support.trials import FAKE_COPILOT, TrialBench, Tried
from tests.support.view_store import ViewStore

from benchwire.embedded.store import ChdbStore
from benchwire.producer.importers.copilot import IMPORTER
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.importing import ImportReport, import_recordings
from benchwire.producer.runner.meter import MeterReading

CALL = {
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.cache_read.input_tokens": 60,
    "gen_ai.usage.output_tokens": 10,
    "github.copilot.nano_aiu": 1_000_000.0,
}
EQUAL = """\
    status, turns, steps, tool_calls, tool_failures, nonzero_exits, context_decisions,
    input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    total_tokens, nano_aiu, requests, premium_requests, api_time_ms, context_tokens,
    peak_context_tokens, model, agent, agent_version, source_system, source_id"""
"""Of rpt_run_summary, what a live run and its import have in common."""


def session(name: str = "replayed") -> SessionLog:
    log = SessionLog(name).start(copilotVersion="1.0.65")
    log.record("user.message", {"content": "Fix it."})
    for turn in range(3):
        log.turn(turn, tools=(f"call-{turn}",)).chat_span(turn, CALL)
    log.tool_start("bad", "bash").tool_complete("bad", success=False)
    log.record("session.compaction_complete", {"success": True, "preCompactionTokens": 900})
    return log


@pytest.fixture
def bench(tmp_path: Path) -> TrialBench:
    return TrialBench(tmp_path)


@pytest.fixture(scope="module")
def store(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    made = ViewStore(chdb_store)
    yield made
    made.close()


@pytest.fixture
def views(store: ViewStore) -> ViewStore:
    store.clear()
    return store


def copilot(bench: TrialBench, recorded: Path, **env: str) -> dict[str, Any]:
    """A variant whose Copilot replays a recorded session."""
    return {
        "adapter": "copilot",
        "command": [sys.executable, str(FAKE_COPILOT)],
        "model": "gpt-5.5",
        "env": {
            "COPILOT_HOME": str(bench.root / "copilot"),
            "FAKE_COPILOT_SESSION": str(recorded),
            **env,
        },
    }


def load(views: ViewStore, data_dir: Path, first_stream_seq: int = 1) -> None:
    """Store what a journal holds."""
    now = datetime.now(UTC)
    sent = [Sent(line, now) for line in journal_lines(data_dir)]
    views.load(bodies(sent, [], first_stream_seq))


def import_of(tried: Tried, copilot_home: Path, data_dir: Path) -> str:
    """Import the finished session, as its user would later; the run it becomes."""
    log = copilot_home / "session-state" / tried.start["session_id"] / "events.jsonl"
    otel = tried.report.artifacts_dir / "agent" / "copilot-otel.jsonl"
    report = ImportReport()
    search = Search(refuse=report.refused.append, otel=otel if otel.is_file() else None)
    producer = offline_producer(data_dir)
    recordings = IMPORTER.find([log], search)
    import_recordings(recordings, Translating(notices=report.notices), report, producer=producer)
    producer.close(0.0)
    (run,) = report.runs
    return run.run.run_id


def summaries(views: ViewStore) -> list[dict[str, Any]]:
    return views.rows(f"SELECT run_id, {EQUAL} FROM rpt_run_summary")


def test_steps_are_seen_while_the_agent_works(bench: TrialBench, tmp_path: Path) -> None:
    recorded = session().shutdown(plain=120, read=180, output=30).write(tmp_path / "recorded")
    seen: list[MeterReading] = []

    def watch() -> None:
        while (reading := bench.meter.read()).phase != "ended":
            seen.append(reading)
            time.sleep(0.02)

    watching = threading.Thread(target=watch)
    watching.start()
    tried = bench.run(copilot(bench, recorded, FAKE_COPILOT_SECONDS="1.5"))
    watching.join()
    assert tried.report.status == "ok", tried.report.error
    working = [reading for reading in seen if reading.phase == "agent"]
    assert {reading.steps for reading in working} >= {1, 2, 3}
    assert max(reading.nano_aiu or 0 for reading in working) >= 2_000_000
    steps = tried.payloads("step", "agent")
    assert [step["usage"]["cache_read_tokens"] for step in steps if step["kind"] == "agent"] == [
        60,
        60,
        60,
    ]
    assert all(step["duration_ms"] > 0 for step in steps if step["kind"] == "agent")


@pytest.mark.parametrize("ends", ["shutdown", "crash"])
def test_importing_the_session_as_well_changes_nothing(
    bench: TrialBench, tmp_path: Path, views: ViewStore, ends: str
) -> None:
    log = session()
    if ends == "shutdown":
        log.shutdown(plain=120, read=180, output=30, nano_aiu=9_000_000.0)
    recorded = log.write(tmp_path / "recorded")
    stop = {} if ends == "shutdown" else {"FAKE_COPILOT_STOP_AFTER": str(len(log.records))}
    tried = bench.run(copilot(bench, recorded, **stop))
    assert tried.report.status == ("ok" if ends == "shutdown" else "agent_failed")
    imported_run = import_of(tried, bench.root / "copilot", tmp_path / "import")
    assert imported_run != tried.report.run_id

    load(views, tmp_path / "import")
    (imported,) = summaries(views)
    load(views, bench.data_dir, 10_000)
    (live,) = summaries(views)
    assert live == {**imported, "run_id": tried.report.run_id}
    integrity = views.rows("SELECT run_id, telemetry, superseded_by FROM rpt_run_integrity")
    assert {row["run_id"]: row["superseded_by"] for row in integrity} == {
        tried.report.run_id: None,
        imported_run: tried.report.run_id,
    }
    assert {row["telemetry"] for row in integrity} == {"complete"}


def test_a_session_that_leaves_no_log_has_failed(bench: TrialBench, tmp_path: Path) -> None:
    program = tmp_path / "copilot.sh"
    program.write_text("#!/bin/sh\necho 'error: not logged in'\n")
    program.chmod(0o755)
    tried = bench.run({"adapter": "copilot", "command": str(program)})
    assert (tried.report.status, tried.report.error_type) == ("agent_failed", "no_session_log")
    assert tried.report.error is not None
    assert tried.report.error.endswith("error: not logged in")


def test_a_cancelled_session_keeps_what_it_had(bench: TrialBench, tmp_path: Path) -> None:
    recorded = session().shutdown().write(tmp_path / "recorded")

    def stop_after_first_step() -> None:
        while bench.meter.read().steps < 2:
            time.sleep(0.02)
        bench.cancel.ask("command", "seen enough")

    threading.Thread(target=stop_after_first_step, daemon=True).start()
    tried = bench.run(copilot(bench, recorded, FAKE_COPILOT_SECONDS="5"))
    assert (tried.report.status, tried.report.error) == ("cancelled", "seen enough")
    assert tried.stop["turns"] >= 1
    assert tried.stop["usage"]["output_tokens"] >= 10
    kept = tried.artifact(f"agent/copilot-session/{tried.start['session_id']}/events.jsonl")
    assert "session.start" in kept


@pytest.mark.skipif(not SESSIONS, reason="no recorded sessions here")
def test_a_real_session_replayed_is_its_import(
    bench: TrialBench, tmp_path: Path, views: ViewStore
) -> None:
    variant = copilot(bench, SESSIONS[0])
    tried = bench.run({**variant, "model": None})
    import_of(tried, bench.root / "copilot", tmp_path / "import")
    load(views, tmp_path / "import")
    (imported,) = summaries(views)
    load(views, bench.data_dir, 10_000)
    (live,) = summaries(views)
    different = {name for name in live if live[name] != imported[name]}
    assert different <= {"run_id", "model", "agent_version"}  # the variant's, not the session's
    assert live["nano_aiu"] > 0

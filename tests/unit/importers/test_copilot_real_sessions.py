"""Real sessions of the Copilot CLI, against numbers computed from the raw JSON by other means."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.recordings import SESSIONS
from tests.support.translations import translated

pytestmark = pytest.mark.skipif(not SESSIONS, reason="no recorded sessions here")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.name)
def test_every_number_equals_the_source(session: Path) -> None:
    records = lines(session / "events.jsonl")
    by_type = [record["type"] for record in records]
    completed = [r["data"] for r in records if r["type"] == "tool.execution_complete"]
    shutdowns = [r["data"] for r in records if r["type"] == "session.shutdown"]
    details = [{k: v["tokenCount"] for k, v in s["tokenDetails"].items()} for s in shutdowns]
    exits = [c.get("toolTelemetry", {}).get("metrics", {}).get("exit_code", 0) for c in completed]

    found = translated(session)
    tally = found.tally.as_document()

    assert not found.noticed
    assert not found.run.unknown_types
    assert tally["turns"] == by_type.count("assistant.turn_start")
    assert tally["tool_calls"] == len(completed)
    assert tally["tool_failures"] == sum(not call["success"] for call in completed)
    assert tally["nonzero_exits"] == sum(code != 0 for code in exits)
    assert tally["input_tokens"] == sum(d.get("input", 0) for d in details)
    assert tally["cache_read_tokens"] == sum(d.get("cache_read", 0) for d in details)
    assert tally["cache_write_tokens"] == sum(d.get("cache_write", 0) for d in details)
    assert tally["output_tokens"] == sum(d.get("output", 0) for d in details)
    assert tally["nano_aiu"] == sum(s["totalNanoAiu"] for s in shutdowns)
    assert tally["reasoning_tokens"] == sum(
        metric["usage"]["reasoningTokens"]
        for shutdown in shutdowns
        for metric in shutdown["modelMetrics"].values()
    )
    assert found.stop.api_time_ms == sum(s["totalApiDurationMs"] for s in shutdowns)
    assert found.stop.status == "ok"


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.name)
def test_the_sum_of_the_steps_equals_the_declared_totals(session: Path) -> None:
    """Two accounts of the same calls: OTel's spans, turn by turn, and the shutdown."""
    found = translated(session)
    declared = found.stop.usage
    assert declared is not None
    for bucket in ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"):
        spent = [getattr(step.usage, bucket) for step in found.agent_steps]
        assert sum(spent) == getattr(declared, bucket)
    assert sum(s.usage.nano_aiu or 0 for s in found.agent_steps if s.usage) == declared.nano_aiu
    assert sum(s.api_time_ms or 0 for s in found.agent_steps) == found.stop.api_time_ms
    assert all(step.llm_calls == 1 for step in found.agent_steps)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.name)
def test_without_its_shutdown_a_session_keeps_its_numbers(session: Path, tmp_path: Path) -> None:
    """The fallbacks: first OTel's spans, and without them the messages' output tokens."""
    whole = translated(session).tally
    raw = (session / "events.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    cut = tmp_path / "events.jsonl"
    cut.write_text("".join(line for line in raw if '"session.shutdown"' not in line))
    (tmp_path / "copilot-otel.jsonl").write_bytes((session / "copilot-otel.jsonl").read_bytes())
    assert translated(cut).tally.usage == whole.usage
    (tmp_path / "copilot-otel.jsonl").unlink()
    assert translated(cut).tally.usage == {
        **dict.fromkeys(whole.usage),
        "output_tokens": whole.usage["output_tokens"],
    }


def test_opaque_reasoning_is_left_behind() -> None:
    for session in SESSIONS:
        opaque = [
            record["data"][key]
            for record in lines(session / "events.jsonl")
            for key in ("reasoningOpaque", "encryptedContent")
            if key in record["data"]
        ]
        text = "".join(e.payload.model_dump_json() for e in translated(session).events)
        assert opaque
        assert not [value for value in opaque if value in text]

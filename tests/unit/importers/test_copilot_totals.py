"""The Copilot log, rule by rule: where totals come from."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.copilot_sessions import SessionLog
from tests.support.translations import Translation, translated

from benchwire.schemas.usage import Usage

Translate = Callable[[SessionLog], Translation]


def test_several_shutdowns_add_up_and_the_last_describes_the_state(translation: Translate) -> None:
    log = SessionLog().start().turn(0)
    log.shutdown(plain=10, read=5, output=1, nano_aiu=3_000_000_000, currentTokens=9000)
    log.record("session.resume", {"resumeTime": "x", "eventCount": 3}).turn(0)
    log.shutdown(
        plain=20,
        read=7,
        output=2,
        nano_aiu=4_000_000_000,
        currentTokens=4000,
        codeChanges={"linesAdded": 8, "linesRemoved": 0, "filesModified": ["/b.py", "/c.py"]},
    )
    found = translation(log)
    stop = found.stop
    assert stop.usage == Usage(
        input_tokens=30,
        cache_read_tokens=12,
        cache_write_tokens=0,
        output_tokens=3,
        nano_aiu=7_000_000_000,
        cost_source="declared",
    )
    assert (stop.requests, stop.api_time_ms, stop.premium_requests) == (2, 2000, 2)
    assert (stop.lines_added, stop.files_modified_names) == (8, ("/b.py", "/c.py"))
    assert stop.context is not None
    assert stop.context.context_tokens == 4000
    assert stop.turns == 2
    assert [event.event_type for event in found.events].count("run_stop") == 1
    assert stop.models is not None
    assert stop.models[0].requests == 2


def test_time_between_shutdown_and_resume_is_no_work(translation: Translate) -> None:
    log = SessionLog().start().turn(0).shutdown()
    worked_ms = len(log.records) * 100
    log.wait(timedelta(days=9)).record("session.resume", {}).shutdown()
    assert translation(log).stop.duration_ms == worked_ms + 100


def test_without_shutdown_totals_are_unknown_and_steps_count(translation: Translate) -> None:
    found = translation(SessionLog().start().turn(0, output_tokens=7).turn(1, output_tokens=5))
    assert found.stop.usage is None
    assert found.stop.models is None
    assert [step.usage for step in found.agent_steps] == [
        Usage(output_tokens=7),
        Usage(output_tokens=5),
    ]
    assert found.tally.usage["output_tokens"] == 12
    assert found.tally.usage["input_tokens"] is None
    assert found.tally.usage["nano_aiu"] is None
    assert found.stop.status == "agent_failed"
    assert found.noticed == {"no_shutdown": 1}


def test_nothing_known_is_null_and_not_zero(translation: Translate) -> None:
    found = translation(SessionLog().start().turn(0, output_tokens=None))
    assert set(found.tally.usage.values()) == {None}


def test_without_shutdown_the_last_checkpoint_tells_the_cost(translation: Translate) -> None:
    log = SessionLog().start().turn(0, output_tokens=7)
    log.record("session.usage_checkpoint", {"totalNanoAiu": 5_000_000_000.0})
    log.turn(1, output_tokens=5).record("session.usage_checkpoint", {"totalNanoAiu": 9_000_000_000})
    found = translation(log)
    assert found.stop.usage == Usage(
        output_tokens=12, nano_aiu=9_000_000_000, cost_source="declared"
    )


def test_a_checkpoint_before_a_shutdown_does_not_count(translation: Translate) -> None:
    log = SessionLog().start().turn(0)
    log.record("session.usage_checkpoint", {"totalNanoAiu": 5_000_000_000})
    found = translation(log.shutdown(nano_aiu=6_000_000_000))
    assert found.stop.usage is not None
    assert found.stop.usage.nano_aiu == 6_000_000_000


def test_work_behind_the_last_shutdown_is_added_to_it(translation: Translate) -> None:
    log = SessionLog().start().turn(0).shutdown(plain=10, output=1, nano_aiu=1_000_000_000)
    log.record("session.resume", {}).turn(0, output_tokens=5)
    found = translation(log.record("session.usage_checkpoint", {"totalNanoAiu": 3_000_000_000}))
    assert found.stop.usage is not None
    assert found.stop.usage.output_tokens == 6
    assert found.stop.usage.nano_aiu == 3_000_000_000
    assert found.stop.status == "agent_failed"


def test_chat_spans_stand_in_for_a_missing_shutdown(translation: Translate) -> None:
    log = SessionLog().start()
    usage = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 9}
    log.turn(0).chat_span(0, {**usage, "github.copilot.nano_aiu": 50.0})
    log.turn(1).chat_span(
        1, {**usage, "gen_ai.usage.cache_read.input_tokens": 80, "github.copilot.nano_aiu": 7.0}
    )
    found = translation(log)
    assert found.stop.usage is None
    assert found.tally.usage == {
        "input_tokens": 120,
        "cache_read_tokens": 80,
        "cache_write_tokens": 0,
        "output_tokens": 18,
        "reasoning_tokens": None,
        "nano_aiu": 57,
        "nano_usd": None,
    }


def test_reasoning_may_exceed_output_and_is_never_added(translation: Translate) -> None:
    found = translation(SessionLog().start().shutdown(output=201, reasoning=289))
    assert found.stop.usage is not None
    assert found.stop.usage.output_tokens == 201
    assert found.stop.usage.reasoning_tokens == 289


@pytest.mark.parametrize(
    ("declared", "stored"),
    [
        (8668300000.0, 8668300000),
        (25688275000, 25688275000),
        (2**31 * 1000, 2**31 * 1000),
        (123456789012345.0, 123456789012345),
        (0, 0),
    ],
)
def test_nano_aiu_is_an_exact_integer(translation: Translate, declared: float, stored: int) -> None:
    found = translation(SessionLog().start().shutdown(nano_aiu=declared))
    assert found.stop.usage is not None
    assert found.stop.usage.nano_aiu == stored


def test_models_are_counted_apart(translation: Translate) -> None:
    def metric(tokens: int, nano_aiu: int) -> dict[str, Any]:
        usage = {
            "inputTokens": tokens,
            "outputTokens": 1,
            "cacheReadTokens": 0,
            "cacheWriteTokens": 0,
        }
        return {"requests": {"count": 2}, "usage": usage, "totalNanoAiu": nano_aiu}

    log = (
        SessionLog()
        .start()
        .shutdown(
            details=False,
            nano_aiu=None,
            modelMetrics={"gpt-5.5": metric(10, 3), "claude-opus-4.7": metric(20, 4)},
        )
    )
    found = translation(log)
    assert found.stop.models is not None
    assert [(m.model, m.requests, m.usage and m.usage.nano_aiu) for m in found.stop.models] == [
        ("claude-opus-4.7", 2, 4),
        ("gpt-5.5", 2, 3),
    ]
    assert found.stop.usage is not None
    assert (found.stop.usage.input_tokens, found.stop.usage.nano_aiu) == (30, 7)


def test_a_session_without_model_calls_used_nothing(translation: Translate) -> None:
    found = translation(SessionLog().start().record("session.shutdown", {"modelMetrics": {}}))
    assert found.stop.usage == Usage(
        input_tokens=0, cache_read_tokens=0, cache_write_tokens=0, output_tokens=0
    )


def test_premium_requests_are_kept_and_otel_costs_are_not(translation: Translate) -> None:
    log = SessionLog().start().turn(0).chat_span(0, {"github.copilot.cost": 7.5})
    found = translation(log.shutdown(totalPremiumRequests=7.5))
    assert found.stop.premium_requests == 7.5
    assert "7.5" not in json.dumps(found.agent_steps[0].model_dump())


def test_pretty_printed_sessions_count_alike(translation: Translate, tmp_path: Path) -> None:
    log = SessionLog().start().turn(0, tools=("a", "b")).shutdown(plain=3, read=4)
    plain = translation(log)
    pretty = tmp_path / "pretty" / "events.jsonl"
    pretty.parent.mkdir()
    pretty.write_text("\n".join(json.dumps(record, indent=2) for record in log.records))
    found = translated(pretty)
    assert [event.payload for event in found.events[1:]] == [
        event.payload for event in plain.events[1:]
    ]
    assert not found.noticed


def test_sdk_streams_bring_usage_with_every_call(translation: Translate) -> None:
    log = SessionLog().start().record("assistant.turn_start", {"turnId": "0"})
    log.record("session.usage_info", {"currentTokens": 900, "tokenLimit": 1000}, ephemeral=True)
    log.record("assistant.message_delta", {"deltaContent": "x"}, ephemeral=True)
    log.record("assistant.message", {"content": "x", "outputTokens": 4})
    details = [
        {"tokenType": "input", "tokenCount": 6},
        {"tokenType": "cache_read", "tokenCount": 90},
    ]
    bill = {"totalNanoAiu": 77.0, "tokenDetails": details}
    log.record(
        "assistant.usage",
        {"model": "m", "inputTokens": 96, "outputTokens": 4, "copilotUsage": bill},
        ephemeral=True,
    )
    log.record("assistant.turn_end", {"turnId": "0"}).record(
        "assistant.turn_start", {"turnId": "1"}
    )
    usage = {"model": "m", "inputTokens": 100, "cacheReadTokens": 60, "outputTokens": 2}
    log.record("assistant.usage", usage, ephemeral=True)
    found = translation(log.record("assistant.message", {"content": "y", "outputTokens": 2}))
    assert [step.usage for step in found.agent_steps] == [
        Usage(
            input_tokens=6,
            cache_read_tokens=90,
            cache_write_tokens=0,
            output_tokens=0,
            nano_aiu=77,
            cost_source="declared",
        ),
        Usage(input_tokens=40, cache_read_tokens=60, cache_write_tokens=0, output_tokens=2),
    ]
    assert found.stop.context is not None
    assert found.stop.context.peak_context_tokens == 900
    assert found.stop.context.context_limit_tokens == 1000
    assert not found.run.unknown_types

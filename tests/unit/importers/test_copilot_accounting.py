"""The Copilot log, rule by rule: what is counted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.copilot_sessions import SessionLog
from tests.support.translations import Translation, translated

from benchwire.schemas.usage import Usage

Translate = Callable[[SessionLog], Translation]


def shell(**metrics: Any) -> dict[str, Any]:
    """Telemetry of a shell call."""
    return {"properties": {"executionMode": "sync"}, "metrics": {"commandTimeout": 1, **metrics}}


def test_turns_are_turn_starts_and_tool_calls_are_completions(translation: Translate) -> None:
    log = SessionLog().start().turn(0, tools=("a", "b")).turn(1).shutdown()
    found = translation(log)
    assert found.stop.turns == 2
    assert [call.tool_call_id for call in found.calls] == ["a", "b"]
    assert [step.turn for step in found.agent_steps] == [0, 1]
    assert found.tally.turns == 2
    assert found.tally.tool_calls == 2
    assert not found.noticed


def test_parallel_calls_are_joined_by_id_not_by_order(translation: Translate) -> None:
    log = SessionLog().start().record("assistant.turn_start", {"turnId": "0"})
    log.tool_start("a", "view").tool_start("b", "bash").tool_complete("b").tool_complete("a")
    found = translation(log.shutdown())
    assert [(call.name, call.latency_ms) for call in found.calls] == [("bash", 100), ("view", 300)]
    assert [call.turn for call in found.calls] == [0, 0]


def test_a_repeated_tool_call_id_is_counted_every_time(translation: Translate) -> None:
    log = SessionLog().start()
    log.tool_start("a", "view").tool_start("a", "bash").tool_complete("a").tool_complete("a")
    found = translation(log.tool_complete("a").shutdown())
    assert [call.name for call in found.calls] == ["view", "bash", "bash"]
    assert found.noticed == {"tool_without_start": 1}


def test_a_completion_without_start_takes_its_name_from_the_request(
    translation: Translate,
) -> None:
    log = SessionLog().start().record("assistant.turn_start", {"turnId": "0"})
    request = {"toolCallId": "a", "name": "apply_patch", "arguments": "*** Patch", "type": "custom"}
    log.record("assistant.message", {"content": "", "toolRequests": [request]})
    found = translation(log.tool_complete("a").tool_complete("z").shutdown())
    assert [(call.name, call.tool_type) for call in found.calls] == [
        ("apply_patch", "custom"),
        ("unknown", None),
    ]
    assert found.calls[0].arguments == {"input": "*** Patch"}
    assert found.noticed == {"tool_without_start": 2}


def test_a_start_without_completion_is_no_call_but_a_notice_and_a_step(
    translation: Translate,
) -> None:
    log = SessionLog().start().record("assistant.turn_start", {"turnId": "0"})
    found = translation(log.tool_start("a", "bash").record("abort", {"reason": "user"}))
    assert found.calls == []
    assert found.noticed == {"tool_without_end": 1, "no_shutdown": 1}
    assert found.notices.kept[0].where.endswith("events.jsonl:3")
    (left,) = [step for step in found.steps if step.kind == "act"]
    assert left.action_type == "bash"
    assert left.error is not None


def test_failed_calls_and_nonzero_exits_are_two_counts(translation: Translate) -> None:
    log = SessionLog().start().turn(0)
    for call in "abcdef":
        log.tool_start(call, "bash")
    log.tool_complete("a", success=False)
    log.tool_complete("b", telemetry=shell(exit_code=2))
    log.tool_complete(
        "c", telemetry={"properties": {"shell_error_category": "command_nonzero_exit"}}
    )
    log.tool_complete("d", telemetry=shell())
    log.tool_complete("e", telemetry=shell(exit_code=0))
    found = translation(log.tool_complete("f").shutdown())
    assert [call.failed for call in found.calls] == [True, False, False, False, False, False]
    assert [call.nonzero_exit for call in found.calls] == [None, True, True, False, False, None]
    assert [call.exit_code for call in found.calls] == [None, 2, None, None, 0, None]
    assert found.calls[0].error == "it broke"
    assert found.tally.tool_failures == found.stop.tool_errors == 1
    assert found.tally.nonzero_exits == 2


def test_result_sizes_go_by_three_names(translation: Translate) -> None:
    log = SessionLog().start()
    for call, key in zip(
        "abc", ("resultForLlmLength", "resultLength", "result_length"), strict=True
    ):
        log.tool_start(call).tool_complete(call, telemetry={"metrics": {key: 7}})
    log.tool_start("d").tool_complete(
        "d", telemetry={"metrics": {"resultForLlmLength": 5, "resultLength": 9, "durationMs": 1.5}}
    )
    found = translation(log.shutdown())
    assert [call.result_chars for call in found.calls] == [7, 7, 7, 5]
    assert found.calls[3].latency_ms == 1.5
    assert found.calls[0].result_bytes == len("done")


def test_token_details_are_disjoint_and_model_metrics_are_not(translation: Translate) -> None:
    counted: dict[str, Any] = {"plain": 10, "read": 200, "write": 30, "output": 4}
    with_details = translation(SessionLog().start().shutdown(**counted))
    without = translation(SessionLog().start().shutdown(**counted, details=False))
    expected = Usage(
        input_tokens=10,
        cache_read_tokens=200,
        cache_write_tokens=30,
        output_tokens=4,
        nano_aiu=1_000_000_000,
        cost_source="declared",
    )
    assert with_details.stop.usage == without.stop.usage == expected
    assert without.stop.models is not None
    assert without.stop.models[0].usage == expected


def test_a_token_type_that_is_not_named_was_not_used(translation: Translate) -> None:
    found = translation(SessionLog().start().shutdown(plain=5, output=1))
    assert found.stop.usage is not None
    assert found.stop.usage.cache_read_tokens == 0
    assert found.stop.usage.cache_write_tokens == 0
    assert found.stop.usage.reasoning_tokens is None


def test_the_two_accounts_are_compared(translation: Translate) -> None:
    details = {"input": {"tokenCount": 99}, "output": {"tokenCount": 10}}
    log = SessionLog().start().shutdown(details=False, tokenDetails=details)
    found = translation(log)
    assert found.stop.usage is not None
    assert found.stop.usage.input_tokens == 99
    assert found.noticed == {"accounts_differ": 1}


def test_the_result_line_of_json_output_ends_a_session(tmp_path: Path) -> None:
    log = SessionLog().start().turn(0)
    log.records.append(
        {
            "type": "result",
            "timestamp": log.timestamp,
            "sessionId": log.session_id,
            "exitCode": 0,
            "usage": {
                "premiumRequests": 3,
                "totalApiDurationMs": 1234,
                "codeChanges": {"linesAdded": 1, "linesRemoved": 2, "filesModified": ["/a"]},
            },
        }
    )
    found = translated(log.write(tmp_path))
    assert (found.stop.status, found.stop.exit_code, found.stop.api_time_ms) == ("ok", 0, 1234)
    assert found.stop.lines_removed == 2

"""A line of `tail` says what happened, fits the terminal, and leaves the terminal alone."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len

from benchwire.cli.tail_facts import TELLERS, what_happened
from benchwire.cli.tail_lines import LineFormat, json_line
from benchwire.consumer.message import Message
from benchwire.consumer.tailing import Seen
from benchwire.schemas.event import EVENT_TYPES

RUN_ID = "0192a000-0000-7000-8000-0000deadbeef"
STORED_NS = 1_790_000_000_000_000_000


def seen(event_type: str = "step", *, line: bytes = b"{}", **data: Any) -> Seen:
    event = {
        "event_type": event_type,
        "ts": "2026-09-21T14:13:20.000000Z",
        "policy_id": "some-agent-with-a-long-name-high",
        "task_id": "repair-a-very-long-task-name-17",
        "run_id": RUN_ID,
        "data": data,
    }
    return Seen(_message(), 1, line, event)


def refused(line: bytes = b"\xff\x1b[2J") -> Seen:
    return Seen(_message(), 2, line, None, "not_json", "invalid UTF-8 at byte 0")


def _message() -> Message:
    return Message(f"bench.events.e.p.t.{RUN_ID}", "", b"", "BENCH_EVENTS", 7, 1, STORED_NS, 0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], LineFormat]:
    def of_width(columns: int) -> LineFormat:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        return LineFormat()

    return of_width


@pytest.mark.parametrize("columns", [80, 81, 200])
def test_a_line_is_never_wider_than_the_terminal(
    terminal: Callable[[int], LineFormat], columns: int
) -> None:
    lines = terminal(columns)
    for one in (
        seen("run_start", trial_no=3),
        seen(kind="act", content="漢字" * 100),
        seen("tool_call", name="bash", error="x" * 300, exit_code=1),
        seen("optimizer_update", reasoning="y" * 300),
        refused(),
    ):
        text = lines.text(one).splitlines()[-1]
        assert cell_len(text) <= columns


def test_nothing_in_an_event_acts_on_the_terminal(terminal: Callable[[int], LineFormat]) -> None:
    text = terminal(200).text(seen(kind="act", content="a\x1b[2J\x07\r\nb\u202ec"))
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)
    assert "b" in text.splitlines()[-1]


def test_a_run_goes_by_its_trial_once_that_is_known() -> None:
    lines = LineFormat()
    assert "~adbeef" in lines.text(seen())
    assert "/3 " in lines.text(seen("run_start", trial_no=3))
    assert "/3 " in lines.text(seen())


def test_a_date_stands_where_it_changes() -> None:
    lines = LineFormat()
    assert lines.text(seen()).startswith("2026-09-21\n")
    assert "\n" not in lines.text(seen())


def test_json_is_the_wire_and_marks_what_is_no_event() -> None:
    assert json_line(seen(line=b'{"a": 1}')) == b'{"a": 1}'
    document = json.loads(json_line(refused()))["dead_letter"]
    assert (document["key"], document["reason"]) == ("BENCH_EVENTS:7:2", "not_json")
    assert document["raw"] == "\\xff\x1b[2J"


def test_every_event_type_has_something_to_tell() -> None:
    assert set(TELLERS) == set(EVENT_TYPES)


@pytest.mark.parametrize(
    ("event_type", "data", "told"),
    [
        ("tool_call", {"name": "bash", "exit_code": 1}, ("bash exit 1", "bad")),
        ("tool_call", {"name": "bash", "exit_code": 0}, ("bash exit 0", "plain")),
        ("failure", {"root": {"kind": "build"}, "message": "m"}, ("build m", "bad")),
        (
            "run_stop",
            {"status": "ok", "outcome": "resolved", "score": 1.0},
            ("resolved score 1", "good"),
        ),
        ("run_stop", {"status": "timed_out"}, ("timed_out", "bad")),
        ("run_stop", {"status": "ok"}, ("ungraded", "plain")),
        (
            "telemetry_loss",
            {"ranges": [{"first_seq": 4, "last_seq": 9}], "reason": "disk_full"},
            ("6 events lost disk_full", "bad"),
        ),
        (
            "context_decision",
            {"kind": "compaction", "tokens_before": 182_000, "tokens_after": 24_000},
            ("compaction 182.0k -> 24.0k tokens", "plain"),
        ),
        (
            "step",
            {"kind": "act", "usage": {"input_tokens": 1200, "nano_aiu": 500_000_000}},
            ("act in 1.2k 0.5 AIU", "plain"),
        ),
    ],
)
def test_facts(event_type: str, data: dict[str, Any], told: tuple[str, str]) -> None:
    assert what_happened(event_type, data) == told

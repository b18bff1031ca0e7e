"""Computes rpt_run_tool_calls and rpt_run_failures from a run in plain Python."""

import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from tests.support.oracle import UNSEQUENCED, OracleRun, Row, part, parts
from tests.support.oracle_lines import call_failed, line
from tests.support.oracle_recovery import recovery, tool_of
from tests.support.oracle_turns import entries_of, turns_of

DETAILS = (
    "command",
    "missing_module",
    "invalid_path",
    "flaky_test",
    "logic_error",
    "reasoning_error",
    "missing_info",
    "usage_error",
    "component",
)
CALL_FIELDS = (
    "agent_id",
    "tool_call_id",
    "args_hash",
    "latency_ms",
    "retries",
    "exit_kind",
    "exit_code",
    "nonzero_exit",
    "error",
    "result_bytes",
    "result_truncated",
)
EVENT_FIELDS = ("emitter", "seq", "step_id")


def run_tool_calls(run: OracleRun) -> list[Row]:
    """All rows of rpt_run_tool_calls."""
    entries = entries_of(run)
    turns_of(entries)
    naming: dict[str, list[str]] = defaultdict(list)
    for failure in run.events["failure"]:
        data = failure["data"]
        if data.get("tool_call_id") is not None:
            naming[data["tool_call_id"]].append(data["root"]["kind"])
    seen: Counter[tuple[str, str]] = Counter()
    rows: list[Row] = []
    for entry in entries:
        if entry.kind != "tool_call":
            continue
        data = entry.data
        named = naming[data["tool_call_id"]] if "tool_call_id" in data else []
        same = None
        if "args_hash" in data:
            same = seen[data["name"], data["args_hash"]]
            seen[data["name"], data["args_hash"]] += 1
        rows.append(
            {
                "call_no": len(rows) + 1,
                "place": entry.place,
                "turn_no": entry.turn.number if entry.turn else None,
                **{name: entry.event[name] for name in EVENT_FIELDS},
                "tool_name": data["name"],
                **{name: data.get(name) for name in CALL_FIELDS},
                "n_same_before": same,
                "has_failed": call_failed(run, entry.event),
                "n_failures": len(named),
                "failure_kinds": sorted(set(named)),
                **_touched(data),
            }
        )
    return rows


def _touched(data: Row) -> Row:
    evidence = part(data, "evidence")
    read: list[str] = evidence.get("files_read") or []
    changed: list[str] = evidence.get("files_modified") or []
    said = part(data, "arguments")
    asked: list[str] = [said[name] for name in ("path", "file_path", "filename") if name in said]
    return {
        "files_read": read,
        "files_modified": changed,
        "path": next(iter([*changed[:1], *read[:1], *asked]), None),
        "arguments": None if "arguments" not in data else _compact(data["arguments"]),
    }


def _compact(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def run_failures(run: OracleRun) -> list[Row]:
    """All rows of rpt_run_failures."""
    rows: list[Row] = []
    last: dict[tuple[str, str], Row] = {}
    turns = {
        call["data"]["tool_call_id"]: call["data"].get("turn")
        for call in sorted(run.events["tool_call"], key=_turn_said, reverse=True)
        if "tool_call_id" in call["data"]
    }
    for number, failure in enumerate(_in_order(run), 1):
        data, ended = failure["data"], part(failure["data"], "final_error_state")
        overcome = recovery(run, failure)
        before = last.get(line(failure))
        is_root = before is None or _went_on(before, failure)
        attempts = parts(data, "recovery_attempts")
        row = {
            "failure_no": number,
            "is_root": is_root,
            "root_failure_no": number if is_root or before is None else before["root_failure_no"],
            **{name: failure[name] for name in EVENT_FIELDS},
            "turn": data.get("turn", turns.get(data.get("tool_call_id"))),
            "tool_name": tool_of(run, failure),
            "root_kind": data["root"]["kind"],
            "detail": next((data["root"][name] for name in DETAILS if name in data["root"]), None),
            "error_type": data.get("error_type", data["root"].get("error_type")),
            "error_category": ended.get("error_category"),
            "message": data.get("message"),
            "is_fatal": data.get("fatal"),
            "is_recoverable": ended.get("recoverable"),
            "is_recovered": overcome["is_recovered"],
            "recovery_ms": overcome.get("recovery_ms"),
            **{f"recovery_{of}": overcome.get(of) for of in ("steps", "calls", "tokens")},
            "n_attempts": len(attempts),
            "n_attempts_helped": sum(attempt.get("success") or False for attempt in attempts),
            "strategies": [attempt["strategy"] for attempt in attempts],
            "contributing_factors": data.get("contributing_factors") or [],
            "remediation_suggestions": data.get("remediation_suggestions") or [],
        }
        rows.append(row)
        last[line(failure)] = {**row, "at": failure["ts"]}
    return rows


def _turn_said(call: Row) -> float:
    turn: int | None = call["data"].get("turn")
    return float("inf") if turn is None else turn


def _went_on(before: Row, failure: Row) -> bool:
    """Say whether work is known to have gone on between two failures."""
    if before["recovery_ms"] is None:
        return False
    took = timedelta(milliseconds=before["recovery_ms"])
    return datetime.fromisoformat(before["at"]) + took <= datetime.fromisoformat(failure["ts"])


def _in_order(run: OracleRun) -> list[Row]:
    """Put the failures in order by time, but never against that of an emitter's epoch."""
    emitters: dict[tuple[int, bytes], list[Row]] = defaultdict(list)
    for failure in run.events["failure"]:
        emitters[failure["epoch"], failure["emitter"].encode()].append(failure)
    placed: list[tuple[Any, ...]] = []
    for emitter, failures in emitters.items():
        reached = ""
        for failure in sorted(failures, key=_numbered):
            reached = max(reached, failure["ts"])
            placed.append((reached, *emitter, failure["seq"], failure))
    return [one[-1] for one in sorted(placed, key=lambda one: one[:-1])]


def _numbered(failure: Row) -> tuple[Any, ...]:
    return (failure["ts"] if failure["emitter"] in UNSEQUENCED else "", failure["seq"])

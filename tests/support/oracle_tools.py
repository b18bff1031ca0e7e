"""Computes rpt_tool_calls from runs in plain Python."""

import struct
from typing import Any

from tests.support.oracle import UNSEQUENCED, OracleRun, Row, part
from tests.support.oracle_policies import (
    Payloads,
    affected,
    events_by,
    percentile,
    stated,
    sum_of,
)
from tests.support.oracle_reports import ratio

EXIT_KINDS = ("ok", "deterministic", "flake", "oom", "timeout", "user_error", "system_error")


def tool_calls(runs: list[OracleRun]) -> list[Row]:
    """All rows of rpt_tool_calls."""
    groups = events_by(runs, "tool_call", lambda call: (call["name"],))
    return [_row(key, counts, found) for key, counts, found in groups]


def _row(key: tuple[Any, ...], counts: Row, found: Payloads) -> Row:
    calls = [part(event, "data") for _, event in found]
    failed = [verdict for call in calls if (verdict := _failed(call)) is not None]
    nonzero = [verdict for call in calls if (verdict := _nonzero(call)) is not None]
    ordered = sum("args_hash" in part(event, "data") for event in _numbered(found))
    retries = _retries(found)
    latencies, sizes = stated(calls, "latency_ms"), stated(calls, "result_bytes")
    kinds = [call.get("exit_kind") for call in calls]
    return {
        **dict(zip(("experiment_id", "policy_id", "tool_name"), key, strict=True)),
        **counts,
        **affected(found, "calls"),
        "n_calls": len(calls),
        "calls_per_run": ratio(len(calls), counts["n_runs"]),
        "n_failure_known": len(failed),
        "n_failed": sum(failed),
        "failure_rate": ratio(sum(failed), len(failed)),
        "n_nonzero_exit_known": len(nonzero),
        "n_nonzero_exits": sum(nonzero),
        "nonzero_exit_rate": ratio(sum(nonzero), len(nonzero)),
        "n_retry_known": ordered,
        "n_retries": retries,
        "retry_rate": ratio(retries, ordered),
        "stated_retries": sum_of(stated(calls, "retries")),
        **{f"n_exit_{kind}": kinds.count(kind) for kind in EXIT_KINDS},
        "n_exit_unknown": kinds.count(None),
        "n_timed": len(latencies),
        "latency_ms_p50": percentile(rounded(latencies), 0.5),
        "latency_ms_p90": percentile(rounded(latencies), 0.9),
        "latency_ms_p99": percentile(rounded(latencies), 0.99),
        "latency_ms_max": max(latencies, default=None),
        "n_sized": len(sizes),
        "result_bytes_sum": sum_of(sizes),
        "result_bytes_p50": percentile(rounded(sizes), 0.5),
        "result_bytes_max": max(sizes, default=None),
        "n_results_truncated": sum(stated(calls, "result_truncated")),
    }


def rounded(values: list[float]) -> list[float]:
    """Round to eight significant binary digits: the upper half of a 32-bit float, the nearest."""
    nearest: list[float] = []
    for each in values:
        (bits,) = struct.unpack(">I", struct.pack(">f", each))
        upper = (bits + 0x8000) >> 16
        nearest.append(struct.unpack(">f", struct.pack(">I", upper << 16))[0])
    return nearest


def _failed(call: Row) -> bool | None:
    if "failed" in call:
        return bool(call["failed"])
    return call["exit_kind"] != "ok" if "exit_kind" in call else None


def _nonzero(call: Row) -> bool | None:
    if "nonzero_exit" in call:
        return bool(call["nonzero_exit"])
    return call["exit_code"] != 0 if "exit_code" in call else None


def _numbered(found: Payloads) -> list[Row]:
    """Leave out what emitters without a sequence sent: nobody knows what came before it."""
    return [event for _, event in found if event["emitter"] not in UNSEQUENCED]


def _retries(found: Payloads) -> int:
    """Walk through the calls in order of emission; remember the last of each caller."""
    last: dict[tuple[Any, ...], Row] = {}
    count = 0
    for event in sorted(_numbered(found), key=lambda event: (event["epoch"], event["seq"])):
        call = part(event, "data")
        caller = (event["run_id"], event["emitter"], call.get("agent_id"))
        before = last.get(caller)
        if before is not None and "args_hash" in call and _failed(before):
            count += before.get("args_hash") == call["args_hash"]
        last[caller] = call
    return count

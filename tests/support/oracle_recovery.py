"""Computes rpt_failure_recovery and rpt_failure_texts from runs in plain Python."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.support.oracle import BUCKETS, OracleRun, Row, end_of, part
from tests.support.oracle_failures import MOST_NAMED
from tests.support.oracle_lines import (
    call_failed,
    graded,
    line,
    place,
    policies_of,
    rate_of,
    run_counts,
)
from tests.support.oracle_policies import percentile, stated, sum_of
from tests.support.oracle_reports import ratio

KINDS = ("failure", "tool_call", "step")
PER_FAILURE = {
    "contributing_factor": "contributing_factors",
    "remediation_suggestion": "remediation_suggestions",
}


def failure_recovery(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_failure_recovery."""
    return [
        {"policy_id": policy_id, "root_kind": root, **run_counts(members), **_row(members, found)}
        for policy_id, members in policies_of(runs, experiment_id).items()
        for root, found in _by_root(members).items()
    ]


def _by_root(members: list[OracleRun]) -> dict[str, list[tuple[OracleRun, Row]]]:
    found: dict[str, list[tuple[OracleRun, Row]]] = defaultdict(list)
    for run in members:
        for failure in [] if run.is_excluded else run.events["failure"]:
            found[failure["data"]["root"]["kind"]].append((run, failure))
    return found


def _row(members: list[OracleRun], found: list[tuple[OracleRun, Row]]) -> Row:
    seen = [recovery(run, failure) for run, failure in found]
    known = [one["is_recovered"] for one in seen if one["is_recovered"] is not None]
    times, tokens = stated(seen, "recovery_ms"), stated(seen, "tokens")
    having = {run.run_id for run, _ in found}
    kept = [run for run in members if not run.is_excluded]
    own = graded([run for run in kept if run.run_id in having])
    others = graded([run for run in kept if run.run_id not in having])
    rate, rate_without = ratio(*own), ratio(*others)
    apart = None if rate is None or rate_without is None else rate - rate_without
    return {
        "n_failures": len(found),
        "n_runs_with_failures": len(having),
        "n_recovery_known": len(known),
        "n_recovered": sum(known),
        **rate_of(sum(known), len(known), "recovery_rate"),
        "n_timed": len(times),
        "recovery_ms_max": max(times, default=None),
        "n_with_tokens": len(tokens),
        "tokens_sum": sum_of(tokens),
        **{
            f"{name}_p{share}": percentile(stated(seen, name), share / 100)
            for name in ("recovery_ms", "steps", "calls", "tokens")
            for share in (50, 90)
        },
        "n_resolved_with": own[0],
        "n_graded_with": own[1],
        **rate_of(*own, "success_rate_graded_with"),
        "n_resolved_without": others[0],
        "n_graded_without": others[1],
        "success_rate_graded_without": rate_without,
        "difference": apart,
    }


def recovery(run: OracleRun, failure: Row) -> Row:
    """Walk on from a failure until something shows that it is overcome."""
    tool = tool_of(run, failure)
    members = sorted(
        (event for kind in KINDS for event in run.events[kind] if line(event) == line(failure)),
        key=lambda event: (place(event), KINDS.index(event["event_type"])),
    )
    members = [event for event in members if not event["data"].get("is_copied_context")]
    if not any(_is_comparable(event, tool) for event in members):
        return {"is_recovered": None}
    passed: list[Row] = []
    for event in members[members.index(failure) + 1 :]:
        passed.append(event)
        if _is_comparable(event, tool) and _is_good(run, event):
            return {"is_recovered": True, **_until(failure, passed)}
    return {"is_recovered": False if end_of(run) else None}


def tool_of(run: OracleRun, failure: Row) -> str | None:
    data = part(failure, "data")
    names: list[str] = [
        call["data"]["name"]
        for call in run.events["tool_call"]
        if "tool_call_id" in data and call["data"].get("tool_call_id") == data["tool_call_id"]
    ]
    return min(names, key=str.encode) if names else data["root"].get("tool_name")


def _is_comparable(event: Row, tool: str | None) -> bool:
    if event["event_type"] == "tool_call":
        return bool(event["data"]["name"] == tool)
    return event["event_type"] == "step" and tool is None


def _is_good(run: OracleRun, event: Row) -> bool:
    if event["event_type"] == "tool_call":
        return call_failed(run, event) is False
    return not event["data"].get("error") and event["data"]["kind"] not in {"user", "system"}


def _until(failure: Row, passed: list[Row]) -> Row:
    first, last = (datetime.fromisoformat(event["ts"]) for event in (failure, passed[-1]))
    took = (last - first).total_seconds() * 1000
    steps = [event["data"] for event in passed if event["event_type"] == "step"]
    usages = [part(step, "usage") for step in steps]
    spending = [usage for usage in usages if any(name in usage for name in BUCKETS)]
    return {
        "recovery_ms": took if took >= 0 and first.year > 1970 else None,
        "steps": len(steps),
        "calls": sum(event["event_type"] == "tool_call" for event in passed),
        "tokens": sum_of([usage.get(name, 0) for usage in spending for name in BUCKETS]),
    }


def failure_texts(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_failure_texts."""
    rows: list[Row] = []
    for policy_id, members in policies_of(runs, experiment_id).items():
        for root, found in _by_root(members).items():
            for says, field in PER_FAILURE.items():
                key: dict[str, Any] = {"policy_id": policy_id, "root_kind": root, "says": says}
                counts = run_counts(members)
                del counts["n_runs"]
                rows.extend(key | counts | row for row in _named(found, field))
    return rows


def _named(found: list[tuple[OracleRun, Row]], field: str) -> list[Row]:
    naming: dict[str, list[str]] = defaultdict(list)
    for run, failure in found:
        for text in set(failure["data"].get(field) or []):
            naming[text].append(run.run_id)
    order = sorted(naming, key=lambda text: (-len(naming[text]), text.encode()))
    return [
        {
            "rank": rank,
            "text": text,
            "n_failures": len(found),
            "n_failures_said": sum(bool(failure["data"].get(field)) for _, failure in found),
            "n_failures_naming": len(naming[text]),
            "share": len(naming[text]) / len(found),
            "n_runs_naming": len(set(naming[text])),
            "n_texts": len(naming),
        }
        for rank, text in enumerate(order[:MOST_NAMED], start=1)
    ]

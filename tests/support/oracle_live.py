"""Computes rpt_live_runs from runs in plain Python: gaps, stalls, and the expected end."""

import itertools
import statistics
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from tests.support.oracle import OracleRun, Row, end_of, part, run_stop, start_of, state
from tests.support.oracle_summary import add_up, counts, steps, total_tokens

FLOOR_SECONDS = 120.0
MULTIPLE = 4
UNTELLING = ("cancelled", "harness_error")
BASES = ("task", "policy", "experiment")


def live_runs(runs: list[OracleRun], events: list[Row], as_of: datetime) -> list[Row]:
    """All rows of rpt_live_runs."""
    by_run: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        by_run[event["run_id"]].append(event)
    counted = [run for run in runs if run.superseded_by is None]
    pools: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for run in counted:
        duration = _duration(run)
        if duration is not None:
            for key in _pool_keys(run):
                pools[key].append(duration)
    return [
        _row(run, by_run[run.run_id], pools, as_of)
        for run in counted
        if state(run, by_run[run.run_id], as_of) == "running"
    ]


def _pool_keys(run: OracleRun) -> list[tuple[str, ...]]:
    _, policy_id, task_id = run.labels
    experiment_id = run.experiment_id
    return [
        ("task", experiment_id, policy_id, task_id),
        ("policy", experiment_id, policy_id),
        ("experiment", experiment_id),
    ]


def _duration(run: OracleRun) -> float | None:
    stop, end = run_stop(run), end_of(run)
    if stop is None or end["status"] in UNTELLING:
        return None
    if "duration_ms" in end:
        seconds = end["duration_ms"] / 1000
    else:
        starts = run.events["run_start"]
        stated = [one["data"]["started_at"] for one in starts if "started_at" in one["data"]]
        known = [min(stated, default=end.get("started_at")), *sorted(one["ts"] for one in starts)]
        began: str | None = next((text for text in known if text is not None), None)
        if began is None:
            return None
        ended = datetime.fromisoformat(str(end.get("stopped_at") or stop["ts"]))
        seconds = (ended - datetime.fromisoformat(began)) / timedelta(seconds=1)
    return seconds if seconds >= 0 else None


def _row(
    run: OracleRun, events: list[Row], pools: dict[tuple[str, ...], list[float]], as_of: datetime
) -> Row:
    start, counted = start_of(run), counts(run)
    usage = add_up([part(step, "usage") for step in steps(run)])
    arrivals = sorted({event["received_at"] for event in events})
    age = max(0.0, (as_of - arrivals[0]) / timedelta(seconds=1))
    silence = max(0.0, (as_of - arrivals[-1]) / timedelta(seconds=1))
    spacing = _spacing(arrivals)
    started_at = start.get("started_at", run.start["ts"] if run.start else None)
    return {
        "experiment_id": run.experiment_id,
        **dict(zip(("job_id", "policy_id", "task_id"), run.labels, strict=True)),
        "run_id": run.run_id,
        "trial_no": start.get("trial_no"),
        "attempt": start.get("attempt", 1),
        "model": start.get("model") or part(start, "policy").get("model"),
        "state": "stalled" if silence > spacing["stall_threshold_seconds"] else "running",
        "started_at": started_at and started_at.replace("T", " ").removesuffix("Z"),
        "first_received_at": _stored(arrivals[0]),
        "age_seconds": age,
        "n_events": len({_identity(event) for event in events}),
        **{name: counted[name] for name in ("steps", "turns", "tool_calls", "tool_failures")},
        "nano_aiu": usage["nano_aiu"],
        "aiu": None if usage["nano_aiu"] is None else usage["nano_aiu"] / 1e9,
        "input_tokens": usage["input_tokens"],
        "output_tokens": usage["output_tokens"],
        "total_tokens": total_tokens(usage, None),
        "last_event_type": max(events, key=_arrival_order)["event_type"],
        "last_tool": _last_tool(run, events),
        "last_received_at": _stored(arrivals[-1]),
        "last_event_age_seconds": silence,
        **spacing,
        **_expectation(run, pools, age, arrivals[0]),
    }


def _identity(event: Row) -> tuple[Any, ...]:
    return (event["emitter"], event["epoch"], event["seq"])


def _arrival_order(event: Row) -> tuple[Any, ...]:
    return (
        event["received_at"],
        event["epoch"],
        event["emitter"].encode(),
        event["seq"],
        event["payload_hash"],
    )


def _last_tool(run: OracleRun, events: list[Row]) -> str | None:
    calls = [event for event in events if event["event_type"] == "tool_call"]
    if not calls:
        return None
    last = _identity(max(calls, key=_arrival_order))
    own = (call for call in run.events["tool_call"] if _identity(call) == last)
    return next((str(call["data"]["name"]) for call in own), None)


def _spacing(arrivals: list[datetime]) -> Row:
    differences = [
        (later - earlier) / timedelta(seconds=1) for earlier, later in itertools.pairwise(arrivals)
    ]
    gaps = sorted(seconds for seconds in differences if seconds >= 1)
    p95 = interpolated(gaps, 0.95) if gaps else None
    return {
        "n_gaps": len(gaps),
        "gap_seconds_p50": statistics.median(gaps) if gaps else None,
        "gap_seconds_p95": p95,
        "gap_seconds_max": gaps[-1] if gaps else None,
        "stall_threshold_seconds": max(FLOOR_SECONDS, MULTIPLE * (p95 or 0.0)),
    }


def interpolated(ordered: list[float], level: float) -> float:
    """Give a quantile, linear between neighbours."""
    place = level * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _expectation(
    run: OracleRun, pools: dict[tuple[str, ...], list[float]], age: float, first: datetime
) -> Row:
    key = next((key for key in _pool_keys(run) if pools.get(key)), None)
    longer = [seconds for seconds in pools.get(key or (), []) if seconds > age]
    expected = statistics.median(longer) if longer else None
    ends = None if expected is None else first + timedelta(microseconds=int(expected * 1e6))
    return {
        "eta_basis": key[0] if key else None,
        "eta_n_finished": len(pools.get(key or (), [])),
        "eta_n_longer": len(longer),
        "expected_duration_seconds": expected,
        "expected_end_at": ends and _stored(ends),
    }


def _stored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")

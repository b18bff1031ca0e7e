"""What follows what within a run, and rates with their intervals, in plain Python."""

from collections import defaultdict
from typing import Any

from tests.support.oracle import UNSEQUENCED, OracleRun, Row, counted_runs, end_of, part
from tests.support.oracle_success import wilson
from tests.support.oracle_summary import grading


def place(event: Row) -> tuple[Any, ...]:
    """Order the events of one emitter: as numbered, or by time where nobody numbers them."""
    clock = event["ts"] if event["emitter"] in UNSEQUENCED else ""
    return (event["epoch"], clock, event["seq"])


def line(event: Row) -> tuple[str, str]:
    """Name the line an event stands in: its emitter and sub-agent."""
    return event["emitter"], part(event, "data").get("agent_id") or ""


def lines(events: list[Row]) -> list[list[Row]]:
    """Put events into their lines, each in order."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for event in events:
        found[line(event)].append(event)
    return [sorted(members, key=place) for members in found.values()]


def call_failed(run: OracleRun, call: Row) -> bool | None:
    """Say whether a call failed: a failure event names it, or it says so itself."""
    data = part(call, "data")
    named = {part(failure, "data").get("tool_call_id") for failure in run.events["failure"]}
    if data.get("tool_call_id") is not None and data["tool_call_id"] in named:
        return True
    if "failed" in data:
        return bool(data["failed"])
    return data["exit_kind"] != "ok" if "exit_kind" in data else None


def policies_of(runs: list[OracleRun], experiment_id: str) -> dict[str, list[OracleRun]]:
    """Give the runs of each policy of an experiment, those of excluded trials among them."""
    found: dict[str, list[OracleRun]] = defaultdict(list)
    for run in counted_runs(runs):
        if run.experiment_id == experiment_id:
            found[run.labels[1]].append(run)
    return found


def run_counts(members: list[OracleRun]) -> Row:
    """Count the runs of a policy that are in its figures, and those that are not."""
    kept = [run for run in members if not run.is_excluded]
    return {
        "n_runs": len(kept),
        "n_incomplete": sum(not end_of(run) for run in kept),
        "n_excluded": len(members) - len(kept),
    }


def rate_of(hits: int, tries: int, name: str) -> Row:
    """Give a rate and its interval under its name."""
    low, high = wilson(hits, tries)
    return {name: hits / tries if tries else None, f"{name}_low": low, f"{name}_high": high}


def graded(runs: list[OracleRun]) -> tuple[int, int]:
    """Count resolved and graded trials among runs, which their final attempts speak for."""
    verdicts = [grading(run)["success_graded"] for run in runs if run.is_final_attempt]
    known = [verdict for verdict in verdicts if verdict is not None]
    return sum(known), len(known)

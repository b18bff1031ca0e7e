"""Computes rpt_run_integrity and rpt_store_check from events in plain Python, number by number."""

from collections import Counter, defaultdict
from datetime import datetime

from tests.support.oracle import (
    UNSEQUENCED,
    OracleRun,
    Row,
    end_of,
    parts,
    start_of,
    state,
    surviving,
)

TABLES = {
    "run_start": "run_starts",
    "step": "steps",
    "tool_call": "tool_calls",
    "context_decision": "context_decisions",
    "failure": "failures",
    "run_stop": "run_stops",
    "verdict": "verdicts",
    "optimizer_update": "optimizer_updates",
    "emitter_stop": "emitter_stops",
    "telemetry_loss": "telemetry_losses",
    "heartbeat": "heartbeats",
}


def integrity(runs: list[OracleRun], events: list[Row], as_of: datetime) -> list[Row]:
    """All rows of rpt_run_integrity."""
    by_run: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        by_run[event["run_id"]].append(event)
    return [_integrity(run, by_run[run.run_id], as_of) for run in runs]


def _integrity(run: OracleRun, events: list[Row], as_of: datetime) -> Row:
    epochs: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for event in events:
        epochs[event["emitter"], event["epoch"]].append(event)
    books = {key: _epoch(key[0], rows) for key, rows in epochs.items()}
    named = {(ref["emitter"], ref.get("epoch")) for ref in parts(end_of(run), "emitters")}
    unseen = sum(
        not any(name == key[0] and epoch in {None, key[1]} for key in epochs)
        for name, epoch in named
    )
    strangers = len({event["experiment_id"] for event in events}) - 1
    sums = {
        name: sum(book[name] for book in books.values())
        for name in ("n_events", "n_missing", "n_declared_lost", "n_conflicts", "n_open")
    }
    conflicts, open_epochs = sums["n_conflicts"] + strangers, sums["n_open"] + unseen
    verdicts = [
        ("conflict", conflicts > 0),
        ("gaps", sums["n_missing"] > 0),
        ("lost", sums["n_declared_lost"] > 0),
        ("open", open_epochs > 0),
        ("unsequenced", any(emitter in UNSEQUENCED for emitter, _ in epochs)),
        ("complete", True),
    ]
    data = start_of(run)
    return {
        "experiment_id": run.experiment_id,
        **dict(zip(("job_id", "policy_id", "task_id"), run.labels, strict=True)),
        "run_id": run.run_id,
        "trial_no": data.get("trial_no"),
        "attempt": data.get("attempt", 1),
        "state": state(run, events, as_of),
        "telemetry": next(name for name, holds in verdicts if holds),
        "n_emitters": len({emitter for emitter, _ in epochs}),
        "n_epochs": len(epochs),
        "n_events": sums["n_events"],
        "n_missing": sums["n_missing"],
        "n_declared_lost": sums["n_declared_lost"],
        "n_conflicts": conflicts,
        "n_open_epochs": open_epochs,
        "superseded_by": run.superseded_by,
    }


def _epoch(emitter: str, rows: list[Row]) -> dict[str, int]:
    numbers = {row["seq"] for row in rows}
    book = {"n_events": len(numbers), "n_missing": 0, "n_declared_lost": 0, "n_open": 0}
    book["n_conflicts"] = len(rows) - len(numbers)
    stops = [row for row in surviving(rows) if row["event_type"] == "emitter_stop"]
    stop = min(stops, key=lambda row: row["seq"], default=None)
    lost = declared_lost(surviving(rows)) - numbers
    book["n_declared_lost"] = len(lost)
    if emitter in UNSEQUENCED:
        return book
    end = stop["seq"] if stop else max(numbers) + 1
    below = {number for number in numbers if number < end}
    book["n_missing"] = max(0, end - len(below) - len(lost))
    if stop is None:
        book["n_open"] = 1
        return book
    beyond = [row for row in rows if row["seq"] > end]
    # Contradicting rows beyond the end were counted once already.
    book["n_conflicts"] -= len(beyond) - len({row["seq"] for row in beyond})
    book["n_conflicts"] += len(beyond) + (stop["data"]["n_events"] != stop["seq"])
    if len(rows) == len(numbers) and not beyond and not book["n_missing"]:
        checksum = sum(row["payload_hash"] for row in rows if row["seq"] < end) % 2**64
        book["n_conflicts"] += checksum != stop["data"]["checksum"]
    return book


def declared_lost(rows: list[Row]) -> set[int]:
    """Give the numbers that these events of one epoch declare lost."""
    return {
        number
        for row in rows
        if row["event_type"] == "telemetry_loss"
        for declared in row["data"]["ranges"]
        for number in range(declared["first_seq"], min(declared["last_seq"], row["seq"] - 1) + 1)
    }


def store_check(events: list[Row]) -> list[Row]:
    """All rows of rpt_store_check of a store that lacks nothing."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    epochs: set[tuple[str, str, str, int]] = set()
    for event in surviving(events):
        place = (event["experiment_id"], event["run_id"])
        kind = event["event_type"]
        counted[*place, kind, TABLES[kind]] += 1
        epochs.add((*place, event["emitter"], event["epoch"]))
        if event["data"].get("models") and kind == "run_stop":
            counted[*place, kind, "model_usage"] += len(event["data"]["models"])
    for experiment_id, run_id, _, _ in epochs:
        counted[experiment_id, run_id, "any", "emitters"] += 1
    return [
        {
            "experiment_id": key[0],
            "run_id": key[1],
            "event_type": key[2],
            "table_name": key[3],
            "n_events": count,
            "n_rows": count,
            "difference": 0,
            "is_equal": 1,
        }
        for key, count in counted.items()
    ]

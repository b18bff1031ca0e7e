"""Computes rpt_optimizer_updates and rpt_optimizer_calibration from runs in plain Python."""

import json
from collections import defaultdict
from typing import Any, cast

from tests.support.oracle import OracleRun, Row, counted_runs, end_of, part, start_of
from tests.support.oracle_comparison import flat
from tests.support.oracle_lines import graded, rate_of
from tests.support.oracle_policies import mean
from tests.support.oracle_repetition import newcombe
from tests.support.oracle_reports import ratio

STATED = (
    "optimizer",
    "suggested_policy_id",
    "reasoning",
    "confidence",
    "expected_improvement",
    "exploration_vs_exploitation",
    "command_id",
)
DOCUMENTS = ("config", "environment")
OF_USE = (
    "was_used",
    "n_runs_as_suggested_before",
    "n_runs_as_suggested_after",
    "n_graded_as_suggested",
    "n_resolved_as_suggested",
)


def optimizer_updates(runs: list[OracleRun]) -> list[Row]:
    """All rows of rpt_optimizer_updates."""
    counted = counted_runs(runs)
    documents = _documents(runs)
    sent = [(run, event) for run in counted for event in run.events["optimizer_update"]]
    sent.sort(key=lambda one: _order(one[1]))
    numbers: dict[str, int] = defaultdict(int)
    rows: list[Row] = []
    for run, event in sent:
        numbers[run.experiment_id] += 1
        peers = [peer for peer in counted if peer.experiment_id == run.experiment_id]
        rows.append(
            {
                "experiment_id": run.experiment_id,
                "update_no": numbers[run.experiment_id],
                **{name: event[name] for name in ("run_id", "emitter", "epoch", "seq")},
                "updated_at": event["ts"].replace("T", " ").rstrip("Z"),
                "policy_id": run.labels[1],
                "task_id": run.labels[2],
                **{name: event["data"].get(name) for name in STATED},
                **_compared(run, event, peers),
                **_used(event, peers, documents),
            }
        )
    return rows


def _order(event: Row) -> tuple[Any, ...]:
    return (event["ts"], event["run_id"], event["emitter"], event["epoch"], event["seq"])


def _documents(runs: list[OracleRun]) -> dict[tuple[str, str], Row]:
    """Give every document that a run_start states, by kind and hash."""
    return {
        (kind, start[f"{short}_hash"]): start["data"][kind]
        for run in runs
        for start in run.events["run_start"]
        for kind, short in zip(DOCUMENTS, ("cfg", "env"), strict=True)
        if kind in start["data"] and start[f"{short}_hash"] is not None
    }


def _compared(sender: OracleRun, event: Row, peers: list[OracleRun]) -> Row:
    policy_after = event["data"].get("suggested_policy_id") or sender.labels[1]
    before = [run for run in peers if run.labels[1] == sender.labels[1] and _started(run, event, 0)]
    after = [run for run in peers if run.labels[1] == policy_after and _started(run, event, 1)]
    both = _graded_tasks(before) & _graded_tasks(after)
    row: Row = {"policy_after": policy_after, "n_tasks_both": len(both)}
    counts: list[tuple[int, int]] = []
    for side, members in (("before", before), ("after", after)):
        kept = [run for run in members if not run.is_excluded]
        counts.append(graded([run for run in kept if run.labels[2] in both]))
        row |= {
            f"n_runs_{side}": len(kept),
            f"n_incomplete_{side}": sum(not end_of(run) for run in kept),
            f"n_excluded_{side}": len(members) - len(kept),
            f"n_resolved_{side}": counts[-1][0],
            f"n_graded_{side}": counts[-1][1],
            f"success_rate_graded_{side}": ratio(*counts[-1]),
        }
    row |= dict.fromkeys(("difference", "difference_low", "difference_high", "unexpected"))
    if both:
        low, high = newcombe(counts[1], counts[0])
        difference = counts[1][0] / counts[1][1] - counts[0][0] / counts[0][1]
        row |= {"difference": difference, "difference_low": low, "difference_high": high}
        if "expected_improvement" in event["data"]:
            row["unexpected"] = difference - event["data"]["expected_improvement"]
    return row


def _started(run: OracleRun, event: Row, is_after: int) -> bool:
    stated = start_of(run).get("started_at") or end_of(run).get("started_at")
    started = stated or (run.start["ts"] if run.start else None)
    return started is not None and (started > event["ts"]) == bool(is_after)


def _graded_tasks(runs: list[OracleRun]) -> set[str]:
    return {run.labels[2] for run in runs if graded([run])[1]}


def _used(event: Row, peers: list[OracleRun], documents: dict[tuple[str, str], Row]) -> Row:
    data = event["data"]
    suggested = data.get("suggested_document") or data.get("suggested_config")
    if not suggested:
        return {**dict.fromkeys(OF_USE), "cfg_hashes_as_suggested": [], "suggested_config": None}
    wanted = _entries(suggested)
    having = [run for run in peers if wanted <= _settings(run, documents) and not run.is_excluded]
    later = [run for run in having if _started(run, event, 1)]
    n_resolved, n_graded = graded(later)
    return {
        "was_used": int(bool(later)),
        "n_runs_as_suggested_before": sum(_started(run, event, 0) for run in having),
        "n_runs_as_suggested_after": len(later),
        "n_graded_as_suggested": n_graded,
        "n_resolved_as_suggested": n_resolved,
        "success_rate_graded_as_suggested": ratio(n_resolved, n_graded),
        "cfg_hashes_as_suggested": sorted({h for run in having if (h := _hash(run, "cfg"))}),
        "suggested_config": _written(suggested),
    }


def _settings(run: OracleRun, documents: dict[tuple[str, str], Row]) -> set[tuple[str, str]]:
    found = _entries(part(start_of(run), "run_config"))
    for kind, short in zip(DOCUMENTS, ("cfg", "env"), strict=True):
        found |= _entries(documents.get((kind, _hash(run, short) or ""), {}))
    return found


def _hash(run: OracleRun, short: str) -> str | None:
    """Give a hash of the run: its run_start's."""
    return run.start[f"{short}_hash"] if run.start else None


def _entries(document: Row) -> set[tuple[str, str]]:
    return {(path, _written(value)) for path, value in flat(document).items()}


def _written(value: Any) -> str:
    """Write JSON without blanks, and whole numbers without a fraction."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict):
        document = cast("Row", value)
        inner = ",".join(f"{json.dumps(k)}:{_written(v)}" for k, v in document.items())
        return "{" + inner + "}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def optimizer_calibration(runs: list[OracleRun]) -> list[Row]:
    """All rows of rpt_optimizer_calibration."""
    groups: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in optimizer_updates(runs):
        groups[row["experiment_id"], row["optimizer"]].append(row)
    return [_calibration(*key, updates) for key, updates in groups.items()]


def _calibration(experiment_id: str, optimizer: str | None, updates: list[Row]) -> Row:
    measured = [row for row in updates if row["difference"] is not None]
    expecting = [row for row in measured if row["expected_improvement"] is not None]
    sure = [row for row in measured if 0 <= (row["confidence"] or -1) <= 1]
    improved = sum(row["difference"] > 0 for row in measured)
    suggesting = sum(row["suggested_config"] is not None for row in updates)
    within = sum(
        row["difference_low"] <= row["expected_improvement"] <= row["difference_high"]
        for row in expecting
    )
    used = sum(bool(row["was_used"]) for row in updates)
    return {
        "experiment_id": experiment_id,
        "optimizer": optimizer,
        "n_updates": len(updates),
        "n_suggesting": suggesting,
        "n_used": used,
        "used_rate": ratio(used, suggesting),
        "n_measured": len(measured),
        "n_improved": improved,
        **rate_of(improved, len(measured), "improved_rate"),
        "mean_difference": mean([row["difference"] for row in measured]),
        "n_expecting": len(expecting),
        "mean_expected_improvement": mean([row["expected_improvement"] for row in expecting]),
        "mean_unexpected": mean([row["unexpected"] for row in expecting]),
        "mean_absolute_unexpected": mean([abs(row["unexpected"]) for row in expecting]),
        "n_within_interval": within,
        "within_rate": ratio(within, len(expecting)),
        "n_with_confidence": len(sure),
        "mean_confidence": mean([row["confidence"] for row in sure]),
        "brier_score": mean([(row["confidence"] - (row["difference"] > 0)) ** 2 for row in sure]),
    }

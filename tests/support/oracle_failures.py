"""Computes rpt_failures from runs in plain Python."""

from collections import Counter
from typing import Any

from tests.support.oracle import OracleRun, Row, part, parts
from tests.support.oracle_policies import (
    Payloads,
    affected,
    events_by,
    percentile,
    stated,
)
from tests.support.oracle_reports import ratio

MOST_NAMED = 50


def failures(runs: list[OracleRun]) -> list[Row]:
    """All rows of rpt_failures."""
    groups = events_by(runs, "failure", _kind)
    return [_row(key, counts, found) for key, counts, found in groups]


def _kind(failure: Row) -> tuple[Any, ...]:
    return failure["root"]["kind"], part(failure, "final_error_state").get("error_category")


def _row(key: tuple[Any, ...], counts: Row, found: Payloads) -> Row:
    seen = affected(found, "failures")
    rows = [part(event, "data") for _, event in found]
    fatal = stated(rows, "fatal")
    recoverable = stated([part(row, "final_error_state") for row in rows], "recoverable")
    recoveries = [parts(row, "recovery_attempts") for row in rows]
    known = sum(any("success" in one for one in attempts) for attempts in recoveries)
    recovered = sum(any(one.get("success") for one in attempts) for attempts in recoveries)
    times = [time for attempts in recoveries if (time := _recovery_ms(attempts)) is not None]
    names = ("experiment_id", "policy_id", "root_kind", "error_category")
    return {
        **dict(zip(names, key, strict=True)),
        **counts,
        **seen,
        "run_share": ratio(seen["n_runs_with_failures"], counts["n_runs"]),
        "n_failures": len(rows),
        "failures_per_run": ratio(len(rows), counts["n_runs"]),
        "n_fatal_known": len(fatal),
        "n_fatal": sum(fatal),
        "fatal_rate": ratio(sum(fatal), len(fatal)),
        "n_recoverable_known": len(recoverable),
        "n_recoverable": sum(recoverable),
        "recoverable_rate": ratio(sum(recoverable), len(recoverable)),
        "n_pruning_errors": sum(bool(row["root"].get("pruning_error")) for row in rows),
        "n_recovery_attempts": sum(len(attempts) for attempts in recoveries),
        "n_recovery_known": known,
        "n_recovered": recovered,
        "recovery_rate": ratio(recovered, known),
        "n_recovery_timed": len(times),
        "recovery_ms_p50": percentile(times, 0.5),
        "recovery_ms_p90": percentile(times, 0.9),
        "recovery_ms_max": max(times, default=None),
        "n_with_factors": sum(bool(parts(row, "contributing_factors")) for row in rows),
        "contributing_factors": _most_named(rows, "contributing_factors"),
        "n_with_suggestions": sum(bool(parts(row, "remediation_suggestions")) for row in rows),
        "remediation_suggestions": _most_named(rows, "remediation_suggestions"),
    }


def _recovery_ms(attempts: list[Row]) -> float | None:
    """Add up what was spent until something helped."""
    spent = 0.0
    for attempt in attempts:
        if "time_spent_ms" not in attempt:
            return None
        spent += float(attempt["time_spent_ms"])
        if attempt.get("success"):
            return spent
    return None


def _most_named(rows: list[Row], name: str) -> dict[str, int]:
    named = Counter(text for row in rows for text in set(row.get(name) or []))
    order = sorted(named, key=lambda text: (-named[text], text.encode()))
    return {text: named[text] for text in order[:MOST_NAMED]}

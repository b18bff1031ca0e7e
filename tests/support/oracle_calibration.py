"""Computes rpt_context_calibration and rpt_context_kept_by_size from runs in plain Python."""

import itertools
import math
from collections import defaultdict
from typing import Any

import numpy as np
from tests.support.oracle import OracleRun, Row, end_of, part
from tests.support.oracle_lines import place, policies_of, rate_of, run_counts
from tests.support.oracle_policies import mean, stated

Judged = tuple[float | None, bool | None]
"""The confidence of a decision, and whether it was right."""


def context_calibration(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_context_calibration."""
    rows: list[Row] = []
    for policy_id, members in policies_of(runs, experiment_id).items():
        judged: dict[str, list[Judged]] = defaultdict(list)
        for run, event in _decisions(members):
            decision = part(event, "data")
            confidence, kept = decision.get("confidence"), decision["kept"]
            worth = decision["impact"] > 0 if "impact" in decision else None
            judged["impact"].append((confidence, None if worth is None else kept is worth))
            if not kept:
                judged["pruning_error"].append((confidence, _stayed_right(run, event)))
        for judged_by, found in judged.items():
            key = {"policy_id": policy_id, "judged_by": judged_by, **run_counts(members)}
            rows.extend(key | row for row in _bins(found))
    return rows


def _decisions(members: list[OracleRun]) -> list[tuple[OracleRun, Row]]:
    return [
        (run, event)
        for run in members
        if not run.is_excluded
        for event in run.events["context_decision"]
        if "kept" in event["data"]
    ]


def _stayed_right(run: OracleRun, drop: Row) -> bool | None:
    """Look for a pruning error that did not come before the drop."""
    for failure in run.events["failure"]:
        root = failure["data"]["root"]
        was_before = failure["emitter"] == drop["emitter"] and place(failure) <= place(drop)
        if root["kind"] == "context" and root.get("pruning_error") and not was_before:
            return False
    return True if end_of(run) else None


def _bins(found: list[Judged]) -> list[Row]:
    bins: dict[int | None, list[Judged]] = defaultdict(list)
    for confidence, is_right in found:
        bins[_bin_no(confidence)].append((confidence, is_right))
    known = {
        bin_no: [(float(c), right) for c, right in members if c is not None and right is not None]
        for bin_no, members in bins.items()
        if bin_no is not None
    }
    everything = np.array([pair for pairs in known.values() for pair in pairs]).reshape(-1, 2)
    brier = float(np.mean((everything[:, 0] - everything[:, 1]) ** 2)) if len(everything) else None
    error = math.fsum(abs(math.fsum(c - right for c, right in pairs)) for pairs in known.values())
    whole = {
        "n_calibrated": len(everything),
        "brier_score": brier,
        "calibration_error": error / len(everything) if len(everything) else None,
    }
    return [_bin(bin_no, members) | whole for bin_no, members in bins.items()]


def _bin(bin_no: int | None, members: list[Judged]) -> Row:
    known = [(confidence, right) for confidence, right in members if right is not None]
    rate = rate_of(sum(right for _, right in known), len(known), "right_rate")
    sure: Any = mean([c for c, _ in known if c is not None]) if bin_no else None
    return {
        "bin_no": bin_no,
        "confidence_from": None if bin_no is None else (bin_no - 1) / 10,
        "n_decisions": len(members),
        "n_known": len(known),
        "n_right": sum(right for _, right in known),
        **rate,
        "mean_confidence": sure,
        "gap": None if sure is None else sure - rate["right_rate"],
    }


def _bin_no(confidence: float | None) -> int | None:
    if confidence is None or not 0 <= confidence <= 1:
        return None
    return min(int(confidence * 10), 9) + 1


def kept_by_size(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_context_kept_by_size."""
    edges = [0, 1 / 16, 1 / 4, *(4**power for power in range(20)), None]
    rows: list[Row] = []
    for policy_id, members in policies_of(runs, experiment_id).items():
        made = [part(event, "data") for _, event in _decisions(members)]
        for measure in ("tokens", "kb"):
            for low, high in itertools.pairwise(edges):
                sized = [one for one in made if _within(one.get(f"{measure}_before"), low, high)]
                kept = sum(one["kept"] for one in sized)
                if sized:
                    row = {
                        "policy_id": policy_id,
                        "measure": measure,
                        "size_from": low,
                        "size_below": high,
                        **run_counts(members),
                        "n_decisions": len(sized),
                        "n_kept": kept,
                        **rate_of(kept, len(sized), "kept_rate"),
                        "n_with_impact": len(stated(sized, "impact")),
                        "mean_impact": mean(stated(sized, "impact")),
                    }
                    rows.append(row)
    return rows


def _within(size: float | None, low: float | None, high: float | None) -> bool:
    return size is not None and low is not None and low <= size and (high is None or size < high)

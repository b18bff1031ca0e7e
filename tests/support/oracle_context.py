"""Computes rpt_context_decisions from runs in plain Python."""

from typing import Any

from tests.support.oracle import USAGE, OracleRun, Row, part
from tests.support.oracle_policies import (
    Payloads,
    affected,
    events_by,
    mean,
    percentile,
    stated,
    sum_of,
)
from tests.support.oracle_reports import ratio
from tests.support.oracle_summary import add_up


def context_decisions(runs: list[OracleRun]) -> list[Row]:
    """All rows of rpt_context_decisions."""
    groups = events_by(
        runs, "context_decision", lambda made: (made["kind"], made.get("segment_kind"))
    )
    return [_row(key, counts, found) for key, counts, found in groups]


def _row(key: tuple[Any, ...], counts: Row, found: Payloads) -> Row:
    made = [part(event, "data") for _, event in found]
    kept = [one for one in made if one.get("kept") is True]
    dropped = [one for one in made if one.get("kept") is False]
    succeeded = stated(made, "success")
    names = ("experiment_id", "policy_id", "kind", "segment_kind")
    seen = affected(found, "decisions")
    confidence, impact = stated(made, "confidence"), stated(made, "impact")
    durations = stated(made, "duration_ms")
    return {
        **dict(zip(names, key, strict=True)),
        **counts,
        **seen,
        "run_share": ratio(seen["n_runs_with_decisions"], counts["n_runs"]),
        "n_decisions": len(made),
        "decisions_per_run": ratio(len(made), counts["n_runs"]),
        "n_kept_known": len(kept) + len(dropped),
        "n_kept": len(kept),
        "n_dropped": len(dropped),
        "kept_rate": ratio(len(kept), len(kept) + len(dropped)),
        "n_success_known": len(succeeded),
        "n_failed": succeeded.count(False),
        "failure_rate": ratio(succeeded.count(False), len(succeeded)),
        **_sizes(made, kept, dropped),
        "n_with_confidence": len(confidence),
        "mean_confidence": mean(confidence),
        "mean_confidence_kept": mean(stated(kept, "confidence")),
        "mean_confidence_dropped": mean(stated(dropped, "confidence")),
        "n_with_impact": len(impact),
        "mean_impact": mean(impact),
        "n_timed": len(durations),
        "duration_ms_p50": percentile(durations, 0.5),
        "duration_ms_max": max(durations, default=None),
        **_cost(made),
    }


def _sizes(made: list[Row], kept: list[Row], dropped: list[Row]) -> Row:
    whole = [one for one in made if {"tokens_before", "tokens_after"} <= one.keys()]
    weighed = [one for one in made if {"kb_before", "kb_after"} <= one.keys()]
    tokens, messages = _removed(made, "tokens"), _removed(made, "messages")
    before = sum_of(stated(whole, "tokens_before"))
    after = sum_of(stated(whole, "tokens_after"))
    return {
        "n_tokens_known": len(whole),
        "tokens_before": before,
        "tokens_after": after,
        "tokens_kept_share": ratio(after, before),
        "n_tokens_removed_known": len(tokens),
        "tokens_removed": sum_of(tokens),
        "tokens_of_kept": sum_of(stated(kept, "tokens_before")),
        "tokens_of_dropped": sum_of(stated(dropped, "tokens_before")),
        "n_messages_removed_known": len(messages),
        "messages_removed": sum_of(messages),
        "n_kb_known": len(weighed),
        "kb_before": sum_of(stated(weighed, "kb_before")),
        "kb_after": sum_of(stated(weighed, "kb_after")),
        "kb_of_kept": sum_of(stated(kept, "kb_before")),
        "kb_of_dropped": sum_of(stated(dropped, "kb_before")),
    }


def _removed(made: list[Row], what: str) -> list[int]:
    removed: list[int] = []
    for one in made:
        if f"{what}_removed" in one:
            removed.append(one[f"{what}_removed"])
        elif {f"{what}_before", f"{what}_after"} <= one.keys():
            removed.append(one[f"{what}_before"] - one[f"{what}_after"])
    return removed


def _cost(made: list[Row]) -> Row:
    spent = add_up([part(one, "usage") for one in made])
    aiu = None if spent["nano_aiu"] is None else spent["nano_aiu"] / 1e9
    return {**{name: spent[name] for name in USAGE}, "aiu": aiu}

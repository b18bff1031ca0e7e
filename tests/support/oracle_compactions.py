"""Computes rpt_compactions from runs in plain Python."""

from typing import Any

from tests.support.oracle import OracleRun, Row, part, start_of
from tests.support.oracle_prices import prices_on, started_on
from tests.support.oracle_reports import ratio
from tests.support.oracle_summary import main_model
from tests.support.oracle_turn_reports import left_out, policies
from tests.support.oracle_turns import Entry, Turn, entries_of, turns_of

NEAR = 3


def compactions(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_compactions."""
    rows: list[Row] = []
    for members in policies(runs, experiment_id).values():
        for run in members:
            entries = [] if run.is_excluded else entries_of(run)
            turns = turns_of(entries)
            made = [
                entry
                for entry in entries
                if entry.kind == "context_decision"
                and entry.data["kind"] in {"compaction", "truncation"}
            ]
            rows += [left_out(members) | _compaction(run, entry, made, turns) for entry in made]
    return rows


def _compaction(run: OracleRun, made: Entry, others: list[Entry], every: list[Turn]) -> Row:
    turns = [turn for turn in every if turn.agent == made.agent]
    before = [turn for turn in turns if turn.place < made.place]
    after = [turn for turn in turns if turn.place > made.place]
    ends = [
        other.place
        for other in others
        if other.place > made.place
        and other.agent == made.agent
        and other.data.get("success") is not False
    ]
    n_read = sum(not ends or turn.place < ends[0] for turn in after)
    removed = _removed(made.data)
    saved = None if removed is None else removed * n_read
    asked = after[0].steps[-1] if after and after[0].steps else None
    model = asked.model if asked else main_model(run)
    prices = prices_on(model, started_on(run))
    cached, uncached = (_priced(saved, prices[n], after) for n in (1, 0))
    near = [turn.usage for turn in before if turn.usage["prompt_tokens"] is not None][-NEAR:]
    next_ones = [turn.usage for turn in after if turn.usage["prompt_tokens"] is not None][:NEAR]
    hits = [_hits(near), _hits(next_ones)]
    known = None not in hits
    return {
        "run_id": run.run_id,
        "policy_id": run.labels[1],
        "trial_no": start_of(run).get("trial_no"),
        "place": made.place,
        "emitter": made.event["emitter"],
        "epoch": made.event["epoch"],
        "seq": made.event["seq"],
        "kind": made.data["kind"],
        "turn_no": before[-1].number if before else 0,
        "context_tokens_before": before[-1].usage["context_tokens"] if before else None,
        "context_tokens_after": after[0].usage["context_tokens"] if after else None,
        "tokens_before": made.data.get("tokens_before"),
        "tokens_removed": removed,
        "input_tokens": part(made.data, "usage").get("input_tokens"),
        "cost_nano_aiu": made.cost,
        "n_turns_until_next": n_read,
        "tokens_saved": saved,
        "saved_nano_aiu_cached": cached,
        "saved_nano_aiu_uncached": uncached,
        "net_saved_nano_aiu": None if cached is None or made.cost is None else cached - made.cost,
        "n_turns_before": len(near),
        "n_turns_after": len(next_ones),
        "cache_hit_ratio_before": hits[0],
        "cache_hit_ratio_after": hits[1],
        "cache_hit_ratio_change": hits[1] - hits[0] if known else None,
        "cache_tokens_lost": _lost(hits[0], next_ones),
    }


def _removed(data: Row) -> int | None:
    if data.get("success") is False:
        return None
    if "tokens_removed" in data:
        return int(data["tokens_removed"])
    known = {"tokens_before", "tokens_after"} <= data.keys()
    return data["tokens_before"] - data["tokens_after"] if known else None


def _priced(saved: int | None, price: int | None, after: list[Turn]) -> int | None:
    if saved is None or not after:
        return saved
    return None if price is None else saved * price


def _hits(used: list[Row]) -> Any:
    return ratio(_cached(used), sum(one["prompt_tokens"] for one in used))


def _lost(share: float | None, used: list[Row]) -> float | None:
    read = _cached(used)
    if share is None or read is None:
        return None
    prompt: int = sum(one["prompt_tokens"] for one in used)
    return share * prompt - read


def _cached(used: list[Row]) -> int | None:
    known = [one["cache_read_tokens"] for one in used if one["cache_read_tokens"] is not None]
    return sum(known) if known else None

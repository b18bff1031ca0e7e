"""Computes rpt_policy_economics and rpt_pareto from runs in plain Python."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

from tests.support.oracle import BUCKETS, OracleRun, Row, counted_runs, end_of
from tests.support.oracle_policies import percentile, stated, sum_of
from tests.support.oracle_prices import costs
from tests.support.oracle_reports import ratio
from tests.support.oracle_summary import grading, total, total_tokens, usage_of
from tests.support.oracle_trials import Trial, find_trials

FATES = ("resolved", "unresolved", "ungraded", "open")
SUMMED = (*BUCKETS, "reasoning_tokens", "total_tokens", "cost_nano_aiu")


def policy_economics(runs: list[OracleRun]) -> list[Row]:
    """All rows of rpt_policy_economics."""
    policies: dict[tuple[str, str], list[OracleRun]] = defaultdict(list)
    for run in counted_runs(runs):
        policies[run.experiment_id, run.labels[1]].append(run)
    return [_economics(key, members) for key, members in policies.items()]


def _spent(run: OracleRun) -> Row:
    """One run: what it used and cost, and what became of it."""
    usage, source, _ = usage_of(run)
    declared = None if source == "steps" else end_of(run).get("total_tokens")
    cost = costs(run)
    tokens = total_tokens(usage, declared)
    judged = grading(run)["success_graded"]
    fate = {1: "resolved", 0: "unresolved", None: "ungraded"}[judged] if end_of(run) else "open"
    return {
        **{name: usage[name] for name in (*BUCKETS, "reasoning_tokens")},
        "total_tokens": tokens,
        "cost_nano_aiu": cost["cost_nano_aiu"],
        "cost_source": cost["cost_source"],
        "fate": fate if run.is_final_attempt else "earlier",
        "is_spender": tokens != 0 or bool(cost["cost_nano_aiu"]),
    }


def _economics(key: tuple[str, str], members: list[OracleRun]) -> Row:
    kept = [run for run in members if not run.is_excluded]
    spent = [_spent(run) for run in kept]
    spenders = [one for one in spent if one["is_spender"]]
    sums = {name: sum_of(stated(spent, name)) for name in SUMMED}
    fates = {
        name: total([one["cost_nano_aiu"] for one in spent if one["fate"] == name])
        for name in (*FATES, "earlier")
    }
    sources = [one["cost_source"] for one in spent]
    paid, used = stated(spenders, "cost_nano_aiu"), stated(spenders, "total_tokens")
    solved = [one for one in spenders if one["fate"] == "resolved"]
    both = [
        one
        for one in spenders
        if one["cost_nano_aiu"] is not None and one["output_tokens"] is not None
    ]
    cost = None if sums["cost_nano_aiu"] is None else sums["cost_nano_aiu"] / 1e9
    paid_output = None if not both else sum(one["cost_nano_aiu"] for one in both) / 1e6
    with_output = [one["total_tokens"] for one in spent if one["output_tokens"] is not None]
    return {
        "experiment_id": key[0],
        "policy_id": key[1],
        "n_runs": len(kept),
        "n_trials": sum(run.is_final_attempt for run in kept),
        **{f"n_{fate}": sum(one["fate"] == fate for one in spent) for fate in FATES[:3]},
        "n_incomplete": sum(not end_of(run) for run in kept),
        "n_excluded": len(members) - len(kept),
        "n_cost_declared": sources.count("declared"),
        "n_cost_derived": sources.count("derived"),
        "n_cost_unknown": sources.count(None),
        "n_runs_with_cost": len(paid),
        "n_resolved_with_cost": len(stated(solved, "cost_nano_aiu")),
        "n_runs_with_tokens": len(used),
        "n_resolved_with_tokens": len(stated(solved, "total_tokens")),
        **sums,
        "cache_hit_ratio": ratio(
            sums["cache_read_tokens"], sum(sums[name] or 0 for name in BUCKETS[:3])
        ),
        "output_share": ratio(sums["output_tokens"], sum_of(with_output)),
        "cost_aiu": cost,
        **{f"cost_nano_aiu_of_{name}": fates[name] for name in FATES},
        "cost_nano_aiu_of_earlier_attempts": fates["earlier"],
        "wasted_share": ratio(
            (fates["unresolved"] or 0) + (fates["earlier"] or 0), sums["cost_nano_aiu"]
        ),
        "cost_aiu_per_run": ratio(cost, len(paid)),
        "cost_aiu_p50": percentile([nano / 1e9 for nano in paid], 0.5),
        "cost_aiu_p90": percentile([nano / 1e9 for nano in paid], 0.9),
        "cost_aiu_max": max(paid) / 1e9 if paid else None,
        "cost_aiu_per_solve": ratio(cost, len(stated(solved, "cost_nano_aiu"))),
        "tokens_per_run": ratio(sums["total_tokens"], len(used)),
        "tokens_per_solve": ratio(sums["total_tokens"], len(stated(solved, "total_tokens"))),
        "n_runs_with_cost_and_output": len(both),
        "cost_aiu_per_1000_output_tokens": ratio(
            paid_output, sum(one["output_tokens"] for one in both)
        ),
    }


def pareto(runs: list[OracleRun]) -> list[Row]:
    """All rows of rpt_pareto: each policy beside each other one, in fractions."""
    policies: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in find_trials(runs):
        policies[trial.experiment_id, trial.policy_id].append(trial)
    places = {key: _place(trials) for key, trials in policies.items()}
    return [_row(key, trials, places) for key, trials in policies.items()]


def _place(trials: list[Trial]) -> tuple[Fraction, Fraction] | None:
    """Share solved and cost of a trial, where both are known."""
    counted = [trial for trial in trials if trial.success_all is not None]
    paid = [trial.cost for trial in counted if trial.cost is not None]
    if not paid:
        return None
    solved = sum(trial.success_all or 0 for trial in counted)
    return Fraction(solved, len(counted)), Fraction(sum(paid), len(paid))


def _row(
    key: tuple[str, str],
    trials: list[Trial],
    places: dict[tuple[str, str], tuple[Fraction, Fraction] | None],
) -> Row:
    experiment_id, policy_id = key
    mine = places[key]
    others = {
        name: place
        for (experiment, name), place in places.items()
        if experiment == experiment_id and name != policy_id and place is not None
    }
    better: list[tuple[Any, ...]] = []
    tied: list[str] = []
    for name, (solved, cost) in others.items() if mine else ():
        if (solved, cost) == mine:
            tied.append(name)
        elif mine and solved >= mine[0] and cost <= mine[1]:
            better.append((-solved, cost, name.encode(), name))
    counted = [trial for trial in trials if trial.success_all is not None]
    solved_share = [trial.success_all or 0 for trial in counted]
    return {
        "experiment_id": experiment_id,
        "policy_id": policy_id,
        "n_trials": len(trials),
        "n_counted": len(counted),
        "n_resolved": sum(solved_share),
        "n_incomplete": sum(not trial.is_excluded and not trial.is_stopped for trial in trials),
        "n_excluded": sum(trial.is_excluded for trial in trials),
        "success_rate_all": ratio(sum(solved_share), len(counted)),
        "n_trials_with_cost": sum(trial.cost is not None for trial in counted),
        "cost_aiu_per_trial": float(mine[1]) / 1e9 if mine else None,
        "is_on_front": None if mine is None else int(not better),
        "n_dominating": None if mine is None else len(better),
        "dominated_by": min(better)[-1] if better else None,
        "tied_with": sorted(tied, key=str.encode),
    }

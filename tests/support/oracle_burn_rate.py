"""Computes rpt_burn_rate from runs in plain Python."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.support.oracle import (
    OracleRun,
    Row,
    counted_runs,
    end_of,
    part,
    run_stop,
    start_of,
    state,
)
from tests.support.oracle_prices import costs
from tests.support.oracle_reports import ratio
from tests.support.oracle_summary import total, total_tokens, usage_of

WINDOW = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """One run as the burn rate sees it."""

    trial: tuple[Any, ...]
    is_final: bool
    state: str
    started_at: datetime | None
    tokens: int | None
    cost: int | None
    recent: Fraction
    planned: int | None


def burn_rate(runs: list[OracleRun], events: list[Row], as_of: datetime) -> list[Row]:
    """All rows of rpt_burn_rate_at."""
    by_run: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        by_run[event["run_id"]].append(event)
    jobs: dict[tuple[str, str], list[Spent]] = defaultdict(list)
    for run in counted_runs(runs):
        jobs[run.experiment_id, run.labels[0]].append(_spent(run, by_run[run.run_id], as_of))
    finished = _finished(jobs)
    return [
        _row(key, members, finished, as_of)
        for key, members in jobs.items()
        if any(run.state == "running" for run in members)
    ]


def _spent(run: OracleRun, events: list[Row], as_of: datetime) -> Spent:
    start, end, stop = start_of(run), end_of(run), run_stop(run)
    usage, source, _ = usage_of(run)
    number = start.get("trial_no")
    started = start.get("started_at") or end.get("started_at")
    began = started or (run.start["ts"] if run.start else None)
    ended = end.get("stopped_at") or (stop["ts"] if stop else None)
    fate = state(run, events, as_of)
    begin = None if began is None else datetime.fromisoformat(began)
    finish = (
        as_of if fate == "running" else None if ended is None else datetime.fromisoformat(ended)
    )
    planned = [part(one["data"], "policy").get("trials") for one in run.events["run_start"]]
    return Spent(
        trial=(run.labels[1], run.labels[2], number, run.run_id if number is None else None),
        is_final=run.is_final_attempt,
        state=fate,
        started_at=begin,
        tokens=total_tokens(usage, None if source == "steps" else end.get("total_tokens")),
        cost=costs(run)["cost_nano_aiu"],
        recent=_recent(begin, as_of if fate == "running" else finish, as_of)
        if fate in {"running", "stopped"}
        else Fraction(),
        planned=max((one for one in planned if one is not None), default=None),
    )


def _recent(begin: datetime | None, finish: datetime | None, as_of: datetime) -> Fraction:
    """Share of the time from begin to finish that lies in the window before as_of."""
    if begin is None or finish is None:
        return Fraction()
    opens = as_of - WINDOW
    if finish <= begin:
        return Fraction(int(opens < begin <= as_of))
    inside = min(finish, as_of) - max(begin, opens)
    unit = timedelta(microseconds=1)
    return Fraction(max(inside // unit, 0), (finish - begin) // unit)


def _trials(members: list[Spent]) -> list[list[Spent]]:
    found: dict[tuple[Any, ...], list[Spent]] = defaultdict(list)
    for run in members:
        found[run.trial].append(run)
    return list(found.values())


def _final(trial: list[Spent]) -> str:
    return next(run.state for run in trial if run.is_final)


def _finished(jobs: dict[tuple[str, str], list[Spent]]) -> dict[tuple[str, ...], list[int]]:
    """Costs of finished trials, by (experiment, job, policy) and by (experiment, policy)."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for (experiment_id, job_id), members in jobs.items():
        for trial in _trials(members):
            paid = [run.cost for run in trial if run.cost is not None]
            if _final(trial) == "stopped" and len(paid) == len(trial):
                policy_id = trial[0].trial[0]
                found[experiment_id, job_id, policy_id].append(sum(paid))
                found[experiment_id, policy_id].append(sum(paid))
    return found


def _sum(parts: list[Fraction]) -> float | None:
    return float(sum(parts, Fraction())) if parts else None


def _row(
    key: tuple[str, str],
    members: list[Spent],
    finished: dict[tuple[str, ...], list[int]],
    as_of: datetime,
) -> Row:
    trials = _trials(members)
    states = [_final(trial) for trial in trials]
    first = min((run.started_at for run in members if run.started_at), default=None)
    age = None if first is None else max((as_of - first) / MINUTE, 0.0)
    tokens, cost = total([run.tokens for run in members]), total([run.cost for run in members])
    policies = sorted({run.trial[0] for run in members})
    tasks = {run.trial[1] for run in members}
    own = [amount for policy in policies for amount in finished.get((*key, policy), [])]
    begun, whole, expected = _projected(key, policies, len(tasks), trials, finished)
    spending = [run for run in members if run.recent > 0]
    recent_tokens = _sum([run.recent * run.tokens for run in spending if run.tokens is not None])
    recent_cost = _sum([run.recent * run.cost for run in spending if run.cost is not None])
    near = None if age is None else min(age, WINDOW / MINUTE)
    return {
        "experiment_id": key[0],
        "job_id": key[1],
        "age_seconds": None if age is None else age * 60,
        "n_policies": len(policies),
        "n_tasks": len(tasks),
        "n_runs_running": sum(run.state == "running" for run in members),
        "n_runs_without_cost": sum(run.cost is None for run in members),
        "n_trials_done": states.count("stopped"),
        "n_trials_running": states.count("running"),
        "n_trials_ceased": states.count("interrupted") + states.count("abandoned"),
        "n_trials_expected": expected,
        "done_share": ratio(states.count("stopped"), expected),
        "total_tokens": tokens,
        "cost_nano_aiu": cost,
        "tokens_per_minute": ratio(tokens, age),
        "tokens_per_minute_recent": ratio(recent_tokens, near),
        "aiu_per_minute": ratio(None if cost is None else cost / 1e9, age),
        "aiu_per_minute_recent": ratio(None if recent_cost is None else recent_cost / 1e9, near),
        "n_finished_with_cost": len(own),
        "mean_trial_cost_aiu": ratio(sum(own) / 1e9, len(own)),
        "projected_begun_aiu": None if begun is None else float(begun) / 1e9,
        "projected_aiu": None if whole is None else float(whole) / 1e9,
    }


def _projected(
    key: tuple[str, str],
    policies: list[str],
    n_tasks: int,
    trials: list[list[Spent]],
    finished: dict[tuple[str, ...], list[int]],
) -> tuple[Fraction | None, Fraction | None, int | None]:
    """What the trials begun, and those planned, will have cost; and how many are planned."""
    begun: Fraction | None = Fraction()
    whole: Fraction | None = Fraction()
    expected: int | None = 0
    for policy in policies:
        mine = [trial for trial in trials if trial[0].trial[0] == policy]
        paid = finished.get((*key, policy)) or finished.get((key[0], policy), [])
        mean = Fraction(sum(paid), len(paid)) if paid else None
        spent = Fraction()
        known = True
        for trial in mine:
            so_far = sum(run.cost or 0 for run in trial)
            if _final(trial) == "running" and mean is None:
                known = False
            spent += max(so_far, mean or 0) if _final(trial) == "running" else so_far
        begun = begun + spent if known and begun is not None else None
        plans = [run.planned for trial in mine for run in trial if run.planned is not None]
        n_expected = max(plans) * n_tasks if plans else None
        expected = None if n_expected is None or expected is None else expected + n_expected
        over = sum(_final(trial) in {"running", "stopped"} for trial in mine)
        left = None if n_expected is None else max(n_expected - over, 0)
        if not known or left is None or (left and mean is None) or whole is None:
            whole = None
        else:
            whole += spent + left * (mean or 0)
    return begun, whole, expected

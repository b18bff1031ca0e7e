"""Computes rpt_run_summary from runs in plain Python."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.support.oracle import (
    BUCKETS,
    USAGE,
    OracleRun,
    Row,
    counted_runs,
    end_of,
    outcome,
    part,
    parts,
    start_of,
    state,
    verdict,
)


def total(values: list[Any]) -> Any:
    """Add what is stated; nothing stated is None."""
    stated = [value for value in values if value is not None]
    return sum(stated) if stated else None


def only(values: list[str | None]) -> str | None:
    """Give the one name that is stated, if it is one."""
    names = {value for value in values if value is not None}
    return names.pop() if len(names) == 1 else None


def steps(run: OracleRun) -> list[Row]:
    """The steps that count: those that do not repeat earlier ones."""
    taken = [part(event, "data") for event in run.events["step"]]
    return [step for step in taken if not step.get("is_copied_context")]


def add_up(usages: list[Row]) -> Row:
    """Add usages bucket by bucket."""
    return {name: total([usage.get(name) for usage in usages]) for name in USAGE}


def stated(usage: Row) -> bool:
    """True if any bucket or cost is known."""
    return any(usage[name] is not None for name in USAGE)


def usage_of(run: OracleRun) -> tuple[Row, str | None, str | None]:
    """Give the run's usage, its source, and the grain it is stated at."""
    data = end_of(run)
    models = add_up([part(entry, "usage") for entry in parts(data, "models")])
    declared = {name: part(data, "usage").get(name) for name in USAGE}
    from_stop = {name: models[name] if declared[name] is None else declared[name] for name in USAGE}
    from_steps = add_up([part(step, "usage") for step in steps(run)])
    if stated(from_stop):
        return from_stop, "run_stop", "model" if stated(models) else "run"
    if stated(from_steps):
        return from_steps, "steps", "step"
    if data.get("total_tokens") is not None:
        return from_stop, "run_stop", "run"
    return from_stop, None, None


def total_tokens(usage: Row, declared: int | None) -> int | None:
    """Add the four disjoint buckets; the declared total only where no bucket is known."""
    known = total([usage[name] for name in BUCKETS])
    return declared if known is None else known


def main_model(run: OracleRun) -> str | None:
    """The model asked for, else the only one that answered."""
    start = start_of(run)
    return (
        start.get("model")
        or part(start, "policy").get("model")
        or only([entry["model"] for entry in parts(end_of(run), "models")])
        or only([step.get("model") for step in steps(run)])
    )


def grading(run: OracleRun) -> Row:
    """Outcome, score and rewards, from whoever decides."""
    end, graded = end_of(run), verdict(run)
    said, source = outcome(run)
    overruled = (
        graded is not None
        and graded["outcome"] != "excluded"
        and end.get("outcome") not in {None, graded["outcome"]}
    )
    own: Row = {} if overruled else end
    graded = graded or {}
    rewards = part(graded, "rewards") or part(own, "rewards")
    reward = rewards.get("reward")
    if reward is None and len(rewards) == 1:
        reward = next(iter(rewards.values()))
    tests = {**part(end, "tests"), **part(graded, "tests")}
    gradable = bool(end) and said != "excluded"
    return {
        "outcome": said,
        "outcome_source": source,
        "score": graded.get("score", own.get("score")),
        "rewards": rewards,
        "reward": reward,
        "reward_valid": end.get("reward_valid"),
        "tests_passed": tests.get("passed"),
        "tests_failed": tests.get("failed"),
        "success_graded": int(said == "resolved") if gradable and said != "ungraded" else None,
        "success_all": int(said == "resolved") if gradable else None,
        "success_strict": int(said == "resolved" and end["status"] == "ok") if gradable else None,
    }


def counts(run: OracleRun) -> Row:
    """Steps, turns and tool calls."""
    taken = steps(run)
    turns = {(step.get("agent_id"), step["turn"]) for step in taken if "turn" in step}
    calls = [part(event, "data") for event in run.events["tool_call"]]
    failed = [call.get("failed", call.get("exit_kind", "ok") != "ok") for call in calls]
    nonzero = [call.get("nonzero_exit", call.get("exit_code", 0) != 0) for call in calls]
    return {
        "turns": len(turns) or None,
        "steps": len(taken),
        "tool_calls": len(calls),
        "tool_failures": sum(failed),
        "nonzero_exits": sum(nonzero),
        "context_decisions": len(run.events["context_decision"]),
        "failures": len(run.events["failure"]),
        "llm_calls": total([step.get("llm_calls") for step in taken]),
        "api_time_ms": total([step.get("api_time_ms") for step in taken]),
    }


def summary(run: OracleRun, events: list[Row], as_of: datetime) -> Row:
    """One row of rpt_run_summary, as far as the histories exercise it."""
    start, end = start_of(run), end_of(run)
    usage, source, _ = usage_of(run)
    counted = counts(run)
    declared = end.get("total_tokens") if source != "steps" else None
    aiu = None if usage["nano_aiu"] is None else usage["nano_aiu"] / 1e9
    requests = total([entry.get("requests") for entry in parts(end, "models")])
    row: Row = {
        "experiment_id": run.experiment_id,
        **dict(zip(("job_id", "policy_id", "task_id"), run.labels, strict=True)),
        "run_id": run.run_id,
        "trial_no": start.get("trial_no"),
        "attempt": start.get("attempt", 1),
        "is_final_attempt": int(run.is_final_attempt),
        "is_excluded": int(run.is_excluded),
        "cfg_hash": run.start["cfg_hash"] if run.start else None,
        "seed": run.start["seed"] if run.start else None,
        "state": state(run, events, as_of),
        "status": end.get("status"),
        **grading(run),
        **counted,
        **usage,
        "turns": end.get("turns", counted["turns"]),
        "api_time_ms": end.get("api_time_ms", counted["api_time_ms"]),
        "duration_ms": end.get("duration_ms"),
        "total_tokens": total_tokens(usage, declared),
        "aiu": aiu,
        "usage_source": source,
        "requests": end.get("requests", counted["llm_calls"] if requests is None else requests),
        "model": main_model(run),
        "agent": part(start, "agent").get("name"),
        "error_type": end.get("error_type"),
        "source_id": part(start, "source").get("source_id"),
    }
    del row["llm_calls"]
    return row


def summaries(runs: list[OracleRun], events: list[Row], as_of: datetime) -> list[Row]:
    """All rows of rpt_run_summary."""
    by_run: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        by_run[event["run_id"]].append(event)
    return [summary(run, by_run[run.run_id], as_of) for run in counted_runs(runs)]

"""Rows of reports made without a store: plausible, and the same for the same arguments."""

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from benchwire.analysis.report.behaviour_rows import (
    FailureRoot,
    ToolUse,
)
from benchwire.analysis.report.comparison_rows import PolicyComparison
from benchwire.analysis.report.document import Overview
from benchwire.analysis.report.run_rows import Job, TimelineRun
from benchwire.analysis.report.spending_rows import (
    ParetoPlace,
    PolicySpending,
)
from benchwire.analysis.report.success_rows import (
    PolicySuccess,
    TaskSuccess,
    TrendPoint,
)

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
TOOLS = ("bash", "read_file", "edit", "search", "run_tests", "git")
ROOTS = ("tool_error", "timeout", "context_overflow", "rate_limit", "wrong_patch")


def task_row(policy: str, task: str, n_trials: int, n_resolved: int) -> TaskSuccess:
    """One policy on one task."""
    return TaskSuccess(policy, task, n_trials, n_trials, n_resolved, 0, 0, 0)


def policy_row(policy: str, cells: Sequence[TaskSuccess]) -> PolicySuccess:
    """The sum of its tasks, with intervals."""
    n = sum(cell.n_counted for cell in cells)
    resolved = sum(cell.n_resolved for cell in cells)
    rate = resolved / n if n else None
    low, high = _wilson(resolved, n) if n else (None, None)
    wide = None if rate is None else 1.7 * math.sqrt(rate * (1 - rate) / n) * 1.96
    return PolicySuccess(
        policy_id=policy,
        n_tasks=len(cells),
        n_trials=n,
        n_runs=n,
        n_counted=n,
        n_graded=n,
        n_resolved=resolved,
        n_errored=0,
        n_incomplete=0,
        n_excluded=0,
        success_rate_graded=rate,
        success_rate_graded_low=low,
        success_rate_graded_high=high,
        success_rate_all=rate,
        success_rate_all_low=None if not wide or rate is None else max(0.0, rate - wide),
        success_rate_all_high=None if not wide or rate is None else min(1.0, rate + wide),
        success_rate_strict=rate,
        mean_reward=rate,
        test_pass_rate=None,
    )


def _wilson(resolved: int, n: int) -> tuple[float, float]:
    z2 = 1.96**2 / n
    centre = (resolved / n + z2 / 2) / (1 + z2)
    half = math.sqrt(resolved / n * (1 - resolved / n) * z2 + z2**2 / 4) / (1 + z2)
    return centre - half, centre + half


def spending_row(
    policy: str, n_runs: int, rng: random.Random, *, with_costs: bool
) -> PolicySpending:
    """Plausible tokens and costs."""
    tokens = [rng.randrange(1, 10**7) for _ in range(4)]
    cost = rng.random() * 40 * 10**9 if with_costs else None
    per_run = None if cost is None or not n_runs else cost / n_runs / 10**9
    return PolicySpending(
        policy_id=policy,
        n_runs=n_runs,
        n_cost_declared=n_runs if with_costs else 0,
        n_cost_derived=0,
        n_cost_unknown=0 if with_costs else n_runs,
        n_runs_with_cost=n_runs if with_costs else 0,
        n_resolved_with_cost=n_runs // 2,
        n_runs_with_tokens=n_runs if with_costs else 0,
        input_tokens=tokens[0] if with_costs else None,
        cache_read_tokens=tokens[1] * 4 if with_costs else None,
        cache_write_tokens=tokens[2] if with_costs else None,
        output_tokens=tokens[3] // 5 if with_costs else None,
        reasoning_tokens=None,
        total_tokens=sum(tokens) if with_costs else None,
        cache_hit_ratio=0.5 if with_costs else None,
        cost_nano_aiu=None if cost is None else round(cost),
        cost_aiu=None if cost is None else cost / 10**9,
        wasted_share=0.25 if with_costs else None,
        cost_aiu_per_run=per_run,
        cost_aiu_per_solve=per_run,
        tokens_per_run=sum(tokens) / n_runs if with_costs and n_runs else None,
        tokens_per_solve=None,
    )


def place_row(policy: PolicySuccess, cost: float | None) -> ParetoPlace:
    """Between success and cost."""
    is_known = cost is not None and policy.success_rate_all is not None
    return ParetoPlace(
        policy_id=policy.policy_id,
        n_counted=policy.n_counted,
        n_trials_with_cost=policy.n_counted if is_known else 0,
        success_rate_all=policy.success_rate_all,
        cost_aiu_per_trial=cost,
        is_on_front=(policy.success_rate_all or 0) > 0.6 if is_known else None,
        dominated_by=None,
        tied_with=[],
    )


def comparison_rows(success: Sequence[PolicySuccess], n_pairs: int) -> list[PolicyComparison]:
    """All pairs of policies."""
    names = sorted(policy.policy_id for policy in success)
    rates = {policy.policy_id: policy.success_rate_all for policy in success}
    pairs = [(a, b) for a in names for b in names if a < b] if n_pairs else []
    return [
        comparison(a, b, n_pairs, rates[a] or 0.0, rates[b] or 0.0, len(pairs)) for a, b in pairs
    ]


def comparison(  # noqa: PLR0917
    a: str, b: str, n_pairs: int, rate_a: float, rate_b: float, n_comparisons: int
) -> PolicyComparison:
    """Two policies whose pairs all differ where they can."""
    difference = rate_b - rate_a
    n_only_b = max(0, round(difference * n_pairs))
    n_only_a = max(0, round(-difference * n_pairs))
    n_both = round(min(rate_a, rate_b) * n_pairs)
    p_value = min(1.0, n_comparisons * math.exp(-abs(difference) * n_pairs / 4))
    return PolicyComparison(
        policy_a=a,
        policy_b=b,
        n_pairs=n_pairs,
        n_tasks=max(1, n_pairs // 3),
        n_both=n_both,
        n_only_a=n_only_a,
        n_only_b=n_only_b,
        n_neither=n_pairs - n_both - n_only_a - n_only_b,
        n_ungraded_a=0,
        n_ungraded_b=0,
        n_unmatched_a=0,
        n_unmatched_b=0,
        n_incomplete_a=0,
        n_incomplete_b=0,
        n_excluded_a=0,
        n_excluded_b=0,
        success_rate_all_a=rate_a,
        success_rate_all_b=rate_b,
        difference=difference,
        difference_low=difference - 0.2,
        difference_high=difference + 0.2,
        anytime_low=difference - 0.4,
        anytime_high=difference + 0.4,
        mcnemar_p_value=p_value / n_comparisons,
        mcnemar_mid_p_value=p_value / n_comparisons,
        holm_p_value=p_value,
        n_comparisons=n_comparisons,
        detectable_difference=0.25,
        n_pairs_with_cost=n_pairs,
        cost_nano_aiu_a=10**9,
        cost_nano_aiu_b=2 * 10**9,
        aiu_ratio=2.0,
        aiu_ratio_low=1.5,
        aiu_ratio_high=2.5,
        n_pairs_with_tokens=n_pairs,
        total_tokens_a=1000,
        total_tokens_b=900,
        token_ratio=0.9,
        token_ratio_low=0.8,
        token_ratio_high=1.0,
        n_pairs_in_other_environments=0,
        n_pairs_in_unknown_environments=0,
        environment_differs=False,
        n_differing_environment_keys=0,
        differing_environment_keys=[],
        differing_config_keys=["model"],
    )


def tool_row(policy: str, tool: str, rng: random.Random) -> ToolUse:
    """A tool of some latency."""
    p50 = 10 ** (rng.random() * 4 - 1)
    n_calls = rng.randrange(5, 400)
    return ToolUse(
        policy,
        tool,
        n_calls,
        3.25,
        n_calls,
        2,
        2 / n_calls,
        None,
        0.125,
        n_calls,
        p50,
        p50 * 3,
        p50 * 20,
        p50 * 50,
    )


def failure_row(policy: str, root: str, rng: random.Random) -> FailureRoot:
    """Failures, some of them recovered from."""
    n_failures = rng.randrange(1, 40)
    n_known = rng.randrange(n_failures + 1)
    n_recovered = rng.randrange(n_known + 1)
    factors = {"long output": 2}
    return FailureRoot(
        policy, root, None, 36, 9, n_failures, 1, n_known, n_recovered, None, 1200.0, factors, {}
    )


def timeline_rows(
    policies: Sequence[str], tasks: Sequence[str], jobs: Sequence[str], rng: random.Random
) -> list[TimelineRun]:
    """Runs one after the other, some of them open."""
    runs: list[TimelineRun] = []
    for number in range(min(500, len(policies) * len(tasks) * len(jobs))):
        job = number * len(jobs) // max(1, min(500, len(policies) * len(tasks) * len(jobs)))
        is_open = rng.random() < 0.05
        started = START + timedelta(days=job, seconds=number * 11 + rng.random() * 60)
        runs.append(
            TimelineRun(
                run_id=f"00000000-0000-4000-8000-{number:012d}",
                job_id=jobs[job],
                policy_id=policies[number % len(policies)],
                task_id=tasks[number // len(policies) % len(tasks)],
                trial_no=1,
                attempt=1,
                state="running" if is_open else "stopped",
                status=None if is_open else "ok",
                outcome="ungraded" if is_open else rng.choice(("resolved", "unresolved")),
                started_at=f"{started:%Y-%m-%dT%H:%M:%S.%fZ}",
                duration_ms=None if is_open else 20_000 + rng.random() * 300_000,
            )
        )
    return runs


def job_row(job_id: str, number: int, n_runs: int) -> Job:
    """One job of a day."""
    started = f"{START + timedelta(days=number):%Y-%m-%dT%H:%M:%S.%fZ}"
    return Job(job_id, started, None, n_runs, n_runs, 2, 3, 0, n_runs, 0, 0, 0, None)


def trend_rows(success: Sequence[PolicySuccess], jobs: Sequence[str]) -> list[TrendPoint]:
    """Every policy in every job."""
    return [
        TrendPoint(
            policy_id=policy.policy_id,
            job_no=number,
            job_id=job,
            first_started_at=f"{START + timedelta(days=number, seconds=at):%Y-%m-%dT%H:%M:%S.%fZ}",
            n_tasks=policy.n_tasks,
            n_graded=policy.n_graded,
            n_resolved=policy.n_resolved,
            n_incomplete=0,
            n_excluded=0,
            success_rate_graded=policy.success_rate_graded,
            success_rate_graded_low=policy.success_rate_graded_low,
            success_rate_graded_high=policy.success_rate_graded_high,
            previous_job_id=jobs[number - 2] if number > 1 else None,
            difference=0.0 if number > 1 else None,
            difference_low=-0.1 if number > 1 else None,
            difference_high=0.1 if number > 1 else None,
        )
        for at, policy in enumerate(success)
        for number, job in enumerate(jobs, 1)
    ]


def overview_of(
    success: Sequence[PolicySuccess], jobs: Sequence[str], n_tasks: int, n_runs: int
) -> Overview:
    """Counts of everything."""
    return Overview(
        started_at="2026-11-01T12:00:00.000000Z" if n_runs else None,
        stopped_at="2026-11-01T14:00:00.000000Z" if n_runs else None,
        n_jobs=len(jobs),
        n_policies=len(success),
        n_tasks=n_tasks if n_runs else 0,
        n_runs=n_runs,
        n_trials=n_runs,
        n_counted=n_runs,
        n_graded=sum(policy.n_graded for policy in success),
        n_resolved=sum(policy.n_resolved for policy in success),
        n_errored=0,
        n_incomplete=0,
        n_excluded=0,
        n_running=0,
        n_stopped=n_runs,
        n_interrupted=0,
        n_abandoned=0,
        n_superseded=0,
        n_complete=n_runs,
        n_missing=0,
        n_declared_lost=0,
        n_conflicts=0,
        total_tokens=None,
        cost_aiu=None,
        nano_usd=None,
    )

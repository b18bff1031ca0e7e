"""Reports made without a store: any number of policies, with any names, in any state."""

import random
from collections.abc import Callable
from dataclasses import replace

from tests.support.report_rows import (
    ROOTS,
    TOOLS,
    comparison_rows,
    failure_row,
    job_row,
    overview_of,
    place_row,
    policy_row,
    spending_row,
    task_row,
    timeline_rows,
    tool_row,
    trend_rows,
)

from benchwire.analysis.report.behaviour_rows import (
    ContextDecisions,
    Recovery,
)
from benchwire.analysis.report.document import REPORT_VERSION, Report
from benchwire.analysis.report.notes import notes_on
from benchwire.analysis.report.run_rows import Integrity
from benchwire.analysis.report.spending_rows import (
    BurnRate,
    ModelSpending,
    Phase,
)
from benchwire.analysis.report.success_rows import (
    FlakyTask,
    PassAtK,
)


def plain_name(number: int) -> str:
    """A name as people give them."""
    efforts = ("low", "medium", "high")
    return f"copilot-gpt-{4 + number // 9}.{number % 9 // 3}-{efforts[number % 3]}"


def a_report(
    n_policies: int = 3,
    *,
    n_tasks: int = 12,
    n_trials: int = 3,
    n_jobs: int = 1,
    name: Callable[[int], str] = plain_name,
    with_costs: bool = True,
    all_solved: bool = False,
    seed: int = 7,
) -> Report:
    """A report whose numbers are plausible, and the same for the same arguments."""
    rng = random.Random(seed)
    policies = [name(number) for number in range(n_policies)]
    tasks = [name(100 + number) for number in range(n_tasks)]
    skills = {policy: 1.0 if all_solved else rng.random() for policy in policies}
    cells = [
        task_row(
            policy, task, n_trials, sum(rng.random() < skills[policy] for _ in range(n_trials))
        )
        for task in tasks
        for policy in policies
    ]
    success = [
        policy_row(policy, [cell for cell in cells if cell.policy_id == policy])
        for policy in policies
    ]
    spending = [
        spending_row(policy, n_tasks * n_trials, rng, with_costs=with_costs) for policy in policies
    ]
    jobs = [name(200 + number) for number in range(n_jobs)]
    timeline = timeline_rows(policies, tasks, jobs, rng) if n_trials else []
    n_runs = len(cells) * n_trials
    costs = {spent.policy_id: spent.cost_aiu_per_run for spent in spending}
    report = Report(
        report_version=REPORT_VERSION,
        experiment_id=name(0),
        job_id=None,
        policies=[],
        as_of="2026-11-02T12:00:00.000000Z",
        overview=overview_of(success, jobs if n_policies else [], n_tasks, n_runs),
        jobs=[job_row(job, number, n_runs // n_jobs) for number, job in enumerate(jobs)]
        if n_runs
        else [],
        integrity=[Integrity("complete", False, n_runs, 0, 0, 0)] if n_runs else [],
        success=success,
        pass_at_k=[
            PassAtK(policy, k, n_tasks, 0, 1 - (1 - skills[policy]) ** k, skills[policy] ** k)
            for policy in policies
            for k in range(1, n_trials + 1)
        ],
        spending=spending,
        models=[
            ModelSpending(policy, "gpt-5.5", 3, 4, 5, 6, None, 7, 18, 0.5, 0.25)
            for policy in policies
        ],
        pareto=[place_row(policy, costs[policy.policy_id]) for policy in success],
        phases=[
            Phase(
                policy,
                phase,
                f"phase {phase}",
                9,
                0,
                0,
                2.0,
                3.0,
                4.0,
                0.2,
                0.5,
                0.2,
                0.5,
                9.0,
                8.0,
            )
            for policy in policies
            for phase in range(1, 6)
        ],
        burn_rates=[
            BurnRate(job, 90.0, 3, 0, 9, 3, 12, 0.75, 9, 2.0, 1.5, 1.0, 9.0) for job in jobs[:1]
        ],
        comparisons=comparison_rows(success, n_tasks * n_trials),
        tasks=cells,
        flaky_tasks=[
            FlakyTask(cell.policy_id, cell.task_id, True, cell.n_counted, cell.n_resolved, 0.5, 1.0)
            for cell in cells
            if 0 < cell.n_resolved < cell.n_counted
        ],
        tools=[
            tool_row(policy, tool, rng)
            for tool in TOOLS
            for policy in policies
            if rng.random() < 0.9
        ],
        failures=[
            failure_row(policy, root, rng)
            for root in ROOTS
            for policy in policies
            if rng.random() < 0.6
        ],
        recoveries=[
            Recovery(
                policy, ROOTS[0], 9, 5, 0, 0, 8, 4, 0.5, 0.2, 0.8, 900.0, 120.0, 5, 2, 0.4, 0.6
            )
            for policy in policies
        ],
        context_decisions=[
            ContextDecisions(
                policy,
                "pruning",
                None,
                9,
                3,
                12,
                1.25,
                12,
                0.5,
                0,
                4000,
                3000,
                0.75,
                1000,
                0.9,
                3.5,
                None,
            )
            for policy in policies[:3]
        ],
        trend=trend_rows(success, jobs),
        timeline=timeline,
        n_runs_not_in_timeline=max(0, n_runs - len(timeline)),
        left_out=[],
        too_expensive=[],
        notes=[],
    )
    return replace(report, notes=notes_on(report))

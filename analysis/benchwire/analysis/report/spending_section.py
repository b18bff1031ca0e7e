"""The section about cost: policies, tokens, phases."""

from collections.abc import Sequence

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.section import Section, Table
from benchwire.analysis.report.spending_rows import ParetoPlace, Phase, PolicySpending


def spending_section(report: Report) -> Section:
    """What each policy spends, the cheapest solve first."""
    places = {place.policy_id: place for place in report.pareto}
    spent = sorted(report.spending, key=_by_cost)
    tables = [
        Table(
            key="spending",
            title="Cost by policy",
            columns=(
                "policy",
                "runs",
                "with cost",
                "AIU",
                "AIU / run",
                "AIU / trial",
                "AIU / solve",
                "tokens / run",
                "tokens / solve",
                "wasted",
                "resolved",
                "beaten by",
            ),
            rows=[
                (
                    policy.policy_id,
                    w.count(policy.n_runs),
                    w.count(policy.n_runs_with_cost),
                    w.aiu(policy.cost_aiu),
                    w.aiu(policy.cost_aiu_per_run),
                    w.aiu(_per_trial(places.get(policy.policy_id))),
                    w.aiu(policy.cost_aiu_per_solve),
                    w.short(policy.tokens_per_run),
                    w.short(policy.tokens_per_solve),
                    w.percent(policy.wasted_share),
                    w.percent(_success(places.get(policy.policy_id))),
                    _beaten_by(places.get(policy.policy_id)),
                )
                for policy in spent
            ],
        ),
        _burn_table(report),
        _token_table(report),
        _phase_table(report),
    ]
    return Section(
        key="spending",
        title="Cost",
        about=(
            "What each policy spends, every attempt included. Wasted: on trials that were graded "
            "as unresolved, and on earlier attempts. Beaten by: the best of those that solve as "
            "much for less, or more for no more."
        ),
        tables=[table for table in tables if table.rows],
        empty="No run counts.",
    )


def _per_trial(place: ParetoPlace | None) -> float | None:
    return None if place is None else place.cost_aiu_per_trial


def _success(place: ParetoPlace | None) -> float | None:
    return None if place is None else place.success_rate_all


def _beaten_by(place: ParetoPlace | None) -> str:
    if place is None or place.is_on_front is None:
        return w.UNKNOWN
    return place.dominated_by or "none"


def _by_cost(policy: PolicySpending) -> tuple[bool, float, str]:
    cost = policy.cost_aiu_per_solve
    return (cost is None, cost or 0.0, policy.policy_id)


def _token_table(report: Report) -> Table:
    return Table(
        key="tokens",
        title="Tokens by policy, all runs",
        columns=(
            "policy",
            "input",
            "cache read",
            "cache write",
            "output",
            "reasoning",
            "all",
            "from cache",
        ),
        rows=[
            (
                policy.policy_id,
                w.short(policy.input_tokens),
                w.short(policy.cache_read_tokens),
                w.short(policy.cache_write_tokens),
                w.short(policy.output_tokens),
                w.short(policy.reasoning_tokens),
                w.short(policy.total_tokens),
                w.percent(policy.cache_hit_ratio),
            )
            for policy in report.spending
        ],
        remark="Reasoning tokens are among no other bucket and in no sum.",
    )


def _burn_table(report: Report) -> Table:
    return Table(
        key="burn_rates",
        title="Running jobs",
        columns=(
            "job",
            "runs running",
            "trials done",
            "expected",
            "done",
            "AIU so far",
            "AIU / min",
            "last 10 min",
            "AIU in the end",
        ),
        rows=[
            (
                job.job_id,
                w.count(job.n_runs_running),
                w.count(job.n_trials_done),
                w.count(job.n_trials_expected),
                w.percent(job.done_share),
                w.aiu(job.cost_aiu),
                w.aiu(job.aiu_per_minute),
                w.aiu(job.aiu_per_minute_recent),
                w.aiu(job.projected_aiu),
            )
            for job in report.burn_rates
        ],
        remark="In the end: if trials to come cost what finished ones of their policy did.",
    )


def _phase_table(report: Report) -> Table:
    phases: dict[str, list[Phase]] = {}
    for phase in report.phases:
        if phase.token_share is None and phase.cost_share is None:
            continue
        phases.setdefault(phase.policy_id, []).append(phase)
    names = list(dict.fromkeys(phase.name for phase in sorted(report.phases, key=_phase_no)))
    return Table(
        key="phases",
        title="Share of tokens, and of cost, by phase",
        columns=(
            "policy",
            "runs",
            *(f"tokens, {name}" for name in names),
            *(f"AIU, {name}" for name in names),
        ),
        rows=[
            (
                policy,
                w.count(max(phase.n_runs for phase in its)),
                *(w.percent(_share(its, name, "token_share")) for name in names),
                *(w.percent(_share(its, name, "cost_share")) for name in names),
            )
            for policy, its in phases.items()
        ],
        remark="Five near-equal parts of a run's turns; runs of fewer turns are in none.",
    )


def _phase_no(phase: Phase) -> int:
    return phase.phase


def _share(phases: Sequence[Phase], name: str, member: str) -> float | None:
    return next((getattr(phase, member) for phase in phases if phase.name == name), None)

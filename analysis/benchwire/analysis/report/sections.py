"""All sections of a report in the order in which they are read, and what stands above them."""

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.behaviour_sections import (
    context_section,
    failure_section,
    tool_section,
)
from benchwire.analysis.report.comparison_section import comparison_section
from benchwire.analysis.report.document import Overview, Report
from benchwire.analysis.report.runs_section import runs_section
from benchwire.analysis.report.scope import listed
from benchwire.analysis.report.section import Section
from benchwire.analysis.report.spending_section import spending_section
from benchwire.analysis.report.success_sections import (
    pass_at_k_section,
    success_section,
    trend_section,
)
from benchwire.analysis.report.task_section import task_section


def sections_of(report: Report) -> list[Section]:
    """The sections; none without runs, and none that was left out of a report on one job."""
    if not report.overview.n_runs:
        return []
    found = [
        success_section(report),
        comparison_section(report),
        spending_section(report),
        task_section(report),
        pass_at_k_section(report),
        tool_section(report),
        failure_section(report),
        context_section(report),
        trend_section(report),
        runs_section(report),
    ]
    return [section for section in found if section.key not in report.left_out]


def facts_of(report: Report) -> list[tuple[str, str]]:
    """The head of a report: name and value."""
    found = report.overview
    n_counting = sum(group.n_runs for group in report.integrity if not group.is_superseded)
    states = (
        (found.n_stopped, "stopped"),
        (found.n_running, "running"),
        (found.n_interrupted, "interrupted"),
        (found.n_abandoned, "abandoned"),
    )
    facts = [("experiment", report.experiment_id)]
    if report.job_id is not None:
        facts.append(("job", report.job_id))
    if report.policies:
        facts.append(("only policies", listed(report.policies)))
    facts += [
        ("seen from", w.moment(report.as_of)),
        ("ran", _period(found)),
        (
            "size",
            (
                f"{w.things(found.n_policies, 'policy', 'policies')}, "
                f"{w.things(found.n_tasks, 'task')}, {w.things(found.n_jobs, 'job')}, "
                f"{w.things(found.n_trials, 'trial')} in {w.things(found.n_runs, 'run')}"
            ),
        ),
        ("runs", ", ".join(f"{n:,} {name}" for n, name in states if n) or "none"),
        (
            "trials",
            (
                f"{found.n_resolved:,} of {found.n_graded:,} graded resolved; "
                f"{found.n_incomplete:,} incomplete, {found.n_excluded:,} excluded"
            ),
        ),
        (
            "record",
            (
                f"{found.n_complete:,} of {w.things(n_counting, 'run')} provably complete; "
                f"{found.n_missing:,} events missing, {found.n_declared_lost:,} declared lost, "
                f"{found.n_conflicts:,} contradicting"
            ),
        ),
        ("spent", _spent(found)),
    ]
    return facts


def _period(found: Overview) -> str:
    if found.started_at is None:
        return "not known"
    return f"{w.moment(found.started_at)} to {w.moment(found.stopped_at)}"


def _spent(found: Overview) -> str:
    known = [
        *([w.dollars(found.nano_usd)] if found.nano_usd is not None else []),
        *([f"{w.aiu(found.cost_aiu)} AIU"] if found.cost_aiu is not None else []),
        *([f"{w.short(found.total_tokens)} tokens"] if found.total_tokens is not None else []),
    ]
    return ", ".join(known) or "not known"

"""The section about runs: jobs, completeness, the timeline."""

from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.section import Section, Table

RUNS_MAX: Final = 100


def runs_section(report: Report) -> Section:
    """Jobs, and the completeness of the record."""
    jobs = Table(
        key="jobs",
        title="Jobs",
        columns=(
            "job",
            "began",
            "ended",
            "policies",
            "tasks",
            "trials",
            "runs",
            "running",
            "interrupted",
            "abandoned",
        ),
        rows=[
            (
                job.job_id,
                w.moment(job.started_at),
                w.moment(job.stopped_at),
                w.count(job.n_policies),
                w.count(job.n_tasks),
                w.count(job.n_trials),
                w.count(job.n_runs),
                w.count(job.n_running),
                w.count(job.n_interrupted),
                w.count(job.n_abandoned),
            )
            for job in report.jobs
        ],
    )
    records = Table(
        key="integrity",
        title="Completeness of the record",
        names=2,
        columns=("telemetry", "counts", "runs", "missing", "declared lost", "contradicting"),
        rows=[
            (
                group.telemetry,
                "superseded" if group.is_superseded else "yes",
                w.count(group.n_runs),
                w.count(group.n_missing),
                w.count(group.n_declared_lost),
                w.count(group.n_conflicts),
            )
            for group in report.integrity
        ],
    )
    return Section(
        key="runs",
        title="Runs",
        about="When the runs ran, and whether their record is provably complete.",
        tables=[table for table in (jobs, records) if table.rows],
        empty="There is no run.",
    )


def timeline_table(report: Report) -> Table:
    """The last runs to start, the last first; what the plot of them shows."""
    shown = report.timeline[::-1][:RUNS_MAX]
    hidden = len(report.timeline) - len(shown)
    return Table(
        key="timeline",
        title="The last runs to start",
        names=3,
        columns=("job", "policy", "task", "trial", "attempt", "began", "took", "state", "outcome"),
        rows=[
            (
                run.job_id,
                run.policy_id,
                run.task_id,
                w.count(run.trial_no),
                w.count(run.attempt),
                w.moment(run.started_at),
                w.milliseconds(run.duration_ms),
                run.state,
                run.outcome,
            )
            for run in shown
        ],
        remark=f"The plot shows {hidden:,} more; --json has them." if hidden else "",
    )

"""What the views say of runs: how many, in which jobs, how completely recorded, and when."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.report.view_query import (
    INTEGRITY_AT,
    OF_EXPERIMENT,
    OF_JOB,
    OF_POLICIES,
    RUNS_AT,
)

TIMELINE_RUNS_MAX: Final = 500
"""Runs of a timeline: the last ones to start."""
_SINCE: Final = "started_at > toDateTime64('1970-01-02 00:00:00', 6, 'UTC')"
"""Recordings that do not tell their time are from 1970."""
_TEXT: Final = "'%Y-%m-%dT%H:%i:%S.%fZ', 'UTC'"


@dataclass(frozen=True, slots=True)
class Job:
    """One launch: its runs, and when they ran (UTC). `n_` count runs unless they say otherwise."""

    job_id: str
    started_at: str | None
    stopped_at: str | None
    n_runs: int
    n_trials: int
    n_policies: int
    n_tasks: int
    n_running: int
    n_stopped: int
    n_interrupted: int
    n_abandoned: int
    n_excluded_trials: int
    nano_usd: int | None
    """What runs state in 10⁻⁹ US dollars, excluded trials left out; never turned into AIU."""


@dataclass(frozen=True, slots=True)
class Integrity:
    """Runs of one kind of telemetry, as rpt_run_integrity judges it."""

    telemetry: str
    is_superseded: bool
    """Another import of the same recording counts instead of these."""
    n_runs: int
    n_missing: int
    n_declared_lost: int
    n_conflicts: int


@dataclass(frozen=True, slots=True)
class TimelineRun:
    """One run in time."""

    run_id: str
    job_id: str
    policy_id: str
    task_id: str
    trial_no: int | None
    attempt: int
    state: str
    status: str | None
    outcome: str
    started_at: str
    duration_ms: float | None


JOBS: Final = Query(
    "Which jobs ran, and when?",
    Job,
    f"""
SELECT
    toString(job_id) AS job,
    formatDateTime(minIf(started_at, {_SINCE}) AS first_at, {_TEXT}),
    formatDateTime(maxIf(stopped_at, {_SINCE}), {_TEXT}),
    count(),
    countIf(is_final_attempt),
    uniqExact(policy_id),
    uniqExact(task_id),
    countIf(state = 'running'),
    countIf(state = 'stopped'),
    countIf(state = 'interrupted'),
    countIf(state = 'abandoned'),
    countIf(is_final_attempt AND is_excluded),
    sumIf(nano_usd, NOT is_excluded)
FROM {RUNS_AT}
WHERE {OF_EXPERIMENT}
    AND {OF_JOB}
    AND {OF_POLICIES}
GROUP BY job
ORDER BY
    first_at NULLS LAST,
    job
""",  # noqa: S608 - constants
)
INTEGRITY: Final = Query(
    "Is everything there?",
    Integrity,
    f"""
SELECT
    telemetry,
    isNotNull(superseded_by) AS is_superseded,
    count(),
    sum(n_missing),
    sum(n_declared_lost),
    sum(n_conflicts)
FROM {INTEGRITY_AT}
WHERE {OF_EXPERIMENT}
    AND {OF_JOB}
    AND {OF_POLICIES}
GROUP BY
    telemetry,
    is_superseded
ORDER BY
    is_superseded,
    telemetry
""",  # noqa: S608 - constants
)
TIMELINE: Final = Query(
    "Which runs ran when?",
    TimelineRun,
    f"""
SELECT
    toString(run_id) AS run,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    state,
    status,
    outcome,
    formatDateTime(started_at, {_TEXT}) AS started,
    duration_ms
FROM {RUNS_AT}
WHERE {OF_EXPERIMENT}
    AND {OF_JOB}
    AND {OF_POLICIES}
    AND {_SINCE}
ORDER BY
    started DESC,
    run
LIMIT {TIMELINE_RUNS_MAX}
""",  # noqa: S608 - constants
)

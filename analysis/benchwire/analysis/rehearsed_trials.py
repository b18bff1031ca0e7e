"""What the store knows of the trials of a dry run: enough to tell whether every stage worked."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows


@dataclass(frozen=True, slots=True)
class RehearsedTrial:
    """One run as the views have it."""

    run_id: str
    policy_id: str
    task_id: str
    git_base: str | None
    telemetry: str
    turns: int | None
    steps: int
    tool_calls: int
    total_tokens: int | None
    nano_aiu: int | None
    outcome: str
    error: str | None
    error_type: str | None
    error_cause: str | None
    verdict_reason: str | None
    """What the verifier's command said; None without a verdict."""
    measures: int
    """Tokens and costs that the run states in several places …"""
    measures_adding_up: int
    """… and those of them that agree."""


_TRIALS: Final = Query(
    "What do the views say of each trial of the job?",
    RehearsedTrial,
    """
SELECT
    toString(runs.run_id) AS run,
    runs.policy_id,
    runs.task_id,
    begun.git_base,
    complete.telemetry,
    runs.turns,
    runs.steps,
    runs.tool_calls,
    runs.total_tokens,
    runs.nano_aiu,
    runs.outcome,
    runs.error,
    runs.error_type,
    runs.error_cause,
    graded.reason,
    audited.measures,
    audited.measures_adding_up
FROM rpt_run_summary AS runs
INNER JOIN stg_runs AS begun ON begun.run_id = runs.run_id
INNER JOIN rpt_run_integrity AS complete ON complete.run_id = runs.run_id
LEFT JOIN
(
    SELECT
        run_id,
        max(reason) AS reason
    FROM stg_verdicts
    GROUP BY run_id
) AS graded ON graded.run_id = runs.run_id
LEFT JOIN
(
    SELECT
        run_id,
        countIf(isNotNull(adds_up)) AS measures,
        countIf(ifNull(adds_up, false)) AS measures_adding_up
    FROM rpt_token_audit
    GROUP BY run_id
) AS audited ON audited.run_id = runs.run_id
WHERE runs.job_id = {job:String}
ORDER BY
    runs.policy_id,
    runs.task_id
""",
)


def rehearsed_trials(rows: Rows, job_id: str) -> list[RehearsedTrial]:
    """The trials of a job that was run once."""
    return _TRIALS.ask(rows, {"job": job_id})

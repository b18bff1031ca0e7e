"""How single runs went: one row per run of an experiment."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run: what it was, how it ended, what it took."""

    run_id: str
    job_id: str
    policy_id: str
    task_id: str
    trial_no: int | None
    attempt: int
    state: str
    status: str | None
    outcome: str
    score: float | None
    duration_ms: float | None
    turns: int | None
    steps: int
    tool_calls: int
    tool_failures: int
    nonzero_exits: int
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    nano_aiu: int | None


RUN_SUMMARIES: Final = Query(
    "How did each run go, and what did it take?",
    RunSummary,
    """
SELECT
    run_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    state,
    status,
    outcome,
    score,
    duration_ms,
    turns,
    steps,
    tool_calls,
    tool_failures,
    nonzero_exits,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    nano_aiu
FROM rpt_run_summary
WHERE experiment_id = {experiment:String}
ORDER BY policy_id, task_id, job_id, trial_no, attempt, run_id
""",
)


def run_summaries(rows: Rows, experiment_id: str) -> list[RunSummary]:
    """Every run of an experiment that is not superseded."""
    return RUN_SUMMARIES.ask(rows, {"experiment": experiment_id})

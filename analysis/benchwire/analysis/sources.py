"""Tells which import of a foreign session counts at present, and under which labels."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.rows import Rows, text_param

COUNTED_IMPORT_SQL: Final = """\
SELECT
    experiment_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    ifNull(source_revision, 0)
FROM stg_runs
WHERE source_system = {system:String}
    AND source_id = {source_id:String}
    AND superseded_by IS NULL
    AND source_content_sha256 IS NOT NULL
LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedImport:
    """The import of a source that no other supersedes."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    trial_no: int | None
    attempt: int
    revision: int


def counted_import(rows: Rows, system: str, source_id: str) -> CountedImport | None:
    """The import that counts for a source; None if there is none, or a live run counts."""
    params = {"system": text_param(system), "source_id": text_param(source_id)}
    found = rows(COUNTED_IMPORT_SQL, params)
    if not found:
        return None
    experiment_id, job_id, policy_id, task_id, trial_no, attempt, revision = found[0]
    return CountedImport(
        experiment_id=experiment_id,
        job_id=job_id,
        policy_id=policy_id,
        task_id=task_id,
        trial_no=None if trial_no is None else int(trial_no),
        attempt=int(attempt),
        revision=int(revision),
    )

"""Whether the record is complete: one row per policy, run state and telemetry state."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows


@dataclass(frozen=True, slots=True)
class Integrity:
    """How many runs are in a state, and what their telemetry holds and lacks."""

    policy_id: str
    state: str
    """running, stopped, interrupted or abandoned."""
    telemetry: str
    """complete, open, gaps, lost, conflict or unsequenced."""
    n_runs: int
    n_events: int
    n_missing: int
    n_declared_lost: int
    n_conflicts: int


INTEGRITY: Final = Query(
    "Is the record of these runs complete?",
    Integrity,
    """
SELECT
    policy_id,
    state,
    telemetry,
    count() AS n_runs,
    sum(n_events) AS n_events,
    sum(n_missing) AS n_missing,
    sum(n_declared_lost) AS n_declared_lost,
    sum(n_conflicts) AS n_conflicts
FROM rpt_run_integrity
WHERE experiment_id = {experiment:String}
GROUP BY policy_id, state, telemetry
ORDER BY policy_id, state, telemetry
""",
)


def integrity(rows: Rows, experiment_id: str) -> list[Integrity]:
    """Completeness of an experiment's runs."""
    return INTEGRITY.ask(rows, {"experiment": experiment_id})

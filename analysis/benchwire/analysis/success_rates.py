"""How often policies solve their tasks: one row per policy of an experiment."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows


@dataclass(frozen=True, slots=True)
class SuccessRates:
    """Success rates of one policy, each beside what it is a share of."""

    policy_id: str
    n_jobs: int
    """Launches the trials come from."""
    n_trials: int
    n_graded: int
    """Trials with a verdict."""
    n_resolved: int
    n_errored: int
    n_incomplete: int
    n_excluded: int
    success_rate_graded: float | None
    """n_resolved / n_graded."""
    success_rate_graded_low: float | None
    """Lower end of its 95 % interval (Wilson)."""
    success_rate_graded_high: float | None
    """Upper end of its 95 % interval (Wilson)."""
    success_rate_all: float | None
    """n_resolved / trials that count; ungraded ones count as not solved."""
    success_rate_strict: float | None
    """As success_rate_all, but a run with an exception is not solved."""
    mean_reward: float | None


SUCCESS_RATES: Final = Query(
    "How often does each policy solve its tasks?",
    SuccessRates,
    """
SELECT
    policy_id,
    n_jobs,
    n_trials,
    n_graded,
    n_resolved,
    n_errored,
    n_incomplete,
    n_excluded,
    success_rate_graded,
    success_rate_graded_low,
    success_rate_graded_high,
    success_rate_all,
    success_rate_strict,
    mean_reward
FROM rpt_success_rates
WHERE experiment_id = {experiment:String}
ORDER BY policy_id
""",
)


def success_rates(rows: Rows, experiment_id: str) -> list[SuccessRates]:
    """Success rates of every policy of an experiment."""
    return SUCCESS_RATES.ask(rows, {"experiment": experiment_id})

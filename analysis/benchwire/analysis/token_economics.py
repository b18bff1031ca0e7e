"""What policies spend: one row per policy and model of an experiment."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows


@dataclass(frozen=True, slots=True)
class TokenEconomics:
    """Tokens and cost of one policy on one model; every attempt counts."""

    policy_id: str
    model: str | None
    n_runs: int
    n_resolved: int
    n_incomplete: int
    n_excluded: int
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    cache_hit_ratio: float | None
    """Share of all input that came from the cache."""
    tokens_per_run: float | None
    aiu_per_run: float | None
    aiu_per_solve: float | None
    """AIU over all runs, divided by the solved trials."""


TOKEN_ECONOMICS: Final = Query(
    "What does each policy spend, per run and per solved trial?",
    TokenEconomics,
    """
SELECT
    policy_id,
    model,
    n_runs,
    n_resolved,
    n_incomplete,
    n_excluded,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    cache_hit_ratio,
    tokens_per_run,
    aiu_per_run,
    aiu_per_solve
FROM rpt_token_economics
WHERE experiment_id = {experiment:String}
ORDER BY policy_id, model
""",
)


def token_economics(rows: Rows, experiment_id: str) -> list[TokenEconomics]:
    """Token economics of every policy of an experiment."""
    return TOKEN_ECONOMICS.ask(rows, {"experiment": experiment_id})

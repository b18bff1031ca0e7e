"""What the runs cost, lately and in the end."""

from typing import Final

from benchwire.analysis.live.account import SPEND_SECONDS
from benchwire.analysis.live.lines import JobLine, Spending
from benchwire.analysis.live.spacing import US_PER_SECOND
from benchwire.analysis.live.standing import Standing
from benchwire.analysis.live.state import LiveState

BURN_SECONDS: Final = 600
"""What was spent in the last so many seconds is the burn rate."""
MINUTE_SECONDS: Final = 60


def spending_of(state: LiveState, jobs: list[JobLine], now_us: int) -> Spending:
    """Add up what was spent, and what is to come."""
    total = state.standings.total
    since_us = now_us - BURN_SECONDS * US_PER_SECOND
    lately = [
        run
        for run in state.runs()
        if run.last is not None
        and run.last.received_us >= since_us
        and state.standings.counts(run.run_id)
    ]
    spent = sum(run.account.spent_since(since_us) for run in lately)
    first_us = min((run.spacing.arrivals_us[0] for run in lately), default=now_us)
    window = min(float(BURN_SECONDS), (now_us - first_us) / US_PER_SECOND)
    window = max(window, float(SPEND_SECONDS))
    return Spending(
        spent_nano_aiu=total.nano_aiu if total.n_costed else None,
        nano_aiu_per_minute=spent / window * MINUTE_SECONDS if total.n_costed else None,
        window_seconds=window,
        projected_begun_nano_aiu=_projected(
            total, jobs, [line.projected_begun_nano_aiu for line in jobs]
        ),
        projected_nano_aiu=_projected(total, jobs, [line.projected_nano_aiu for line in jobs]),
    )


def _projected(total: Standing, jobs: list[JobLine], of_jobs: list[float | None]) -> float | None:
    """What was spent in all, with what each job that goes on will have cost in its place."""
    if not total.n_costed:
        return None
    projected = float(total.nano_aiu)
    for line, of_job in zip(jobs, of_jobs, strict=True):
        if of_job is None:
            return None
        projected += of_job - (line.nano_aiu or 0)
    return projected

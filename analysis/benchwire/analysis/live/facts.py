"""What one run contributes to the figures of its policy, wherever that is known from."""

from dataclasses import dataclass
from typing import Final

from benchwire.analysis.live.account import NANO_AIU
from benchwire.analysis.live.events import Labels
from benchwire.analysis.live.payload_facts import SourceFacts
from benchwire.analysis.live.run import LiveRun

OWN_SYSTEM: Final = "benchwire"
"""A run without a source is its own; its export is imported under that identity."""
SourceRank = tuple[bool, int, int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run, as far as rates and sums need it."""

    run_id: str
    labels: Labels
    trial_no: int | None
    attempt: int
    start_ts: str
    """`ts` of the run_start; empty: it is not here."""
    source: tuple[str, str]
    """System and identity in it."""
    source_rank: SourceRank
    """Of several runs of one source the greatest counts."""
    is_stopped: bool
    status: str | None
    outcome: str
    total_tokens: int | None
    nano_aiu: int | None
    planned_trials: int | None
    """How often its policy is to try each task."""
    n_declared_lost: int
    """Events of it that were declared lost and have not turned up."""

    @property
    def trial(self) -> tuple[Labels, int | str]:
        """Names the trial; a run without a number is a trial of its own."""
        return (self.labels, self.run_id if self.trial_no is None else self.trial_no)

    @property
    def attempt_order(self) -> tuple[int, str, str]:
        """The greatest of a trial speaks for it."""
        return (self.attempt, self.start_ts, self.run_id)

    @property
    def is_excluded(self) -> bool:
        """Whether it, being final, takes its trial out of the rates."""
        return self.outcome == "excluded"


def facts_of(run: LiveRun) -> RunFacts | None:
    """What a run says that is watched; None before its first event."""
    account = run.account
    if account.labels is None:
        return None
    start, stop = account.start, account.stop
    source = start.source if start is not None else None
    policy = start.policy if start is not None else None
    return RunFacts(
        run_id=run.run_id,
        labels=account.labels,
        trial_no=start.trial_no if start is not None else None,
        attempt=start.attempt if start is not None else 1,
        start_ts=account.start_ts,
        source=source_of(run.run_id, source),
        source_rank=rank_of(source),
        is_stopped=stop is not None,
        status=stop.status if stop is not None else None,
        outcome=account.outcome,
        total_tokens=account.total_tokens,
        nano_aiu=account.usage[NANO_AIU],
        planned_trials=policy.trials if policy is not None else None,
        n_declared_lost=run.n_declared_lost,
    )


def source_of(run_id: str, source: SourceFacts | None) -> tuple[str, str]:
    """Name what a run records."""
    return (OWN_SYSTEM, run_id) if source is None else (source.system, source.source_id)


def rank_of(source: SourceFacts | None) -> SourceRank:
    """Order the runs of one source: a live one first, then as fct_superseded_runs says."""
    if source is None:
        return (True, 0, 0, 0, "")
    return (
        source.content_sha256 is None,
        source.translator_version,
        source.revision,
        source.n_records,
        source.content_sha256 or "",
    )

"""What goes on at one moment, ready to be shown: runs, policies, spending, failures."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from benchwire.analysis.live.account import NANO_AIU, SPEND_SECONDS
from benchwire.analysis.live.events import LiveEvent
from benchwire.analysis.live.run import LiveRun
from benchwire.analysis.live.spacing import US_PER_SECOND
from benchwire.analysis.live.standings import PolicyKey, Standing
from benchwire.analysis.live.state import LiveState, silence_seconds, state_of

BURN_SECONDS: Final = 600
"""What was spent in the last so many seconds is the burn rate."""
MINUTE_SECONDS: Final = 60
LIVE: Final = ("running", "stalled")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run that goes on, as rpt_live_runs has it."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    trial_no: int | None
    attempt: int
    model: str | None
    state: str
    """`running` or `stalled`."""
    age_seconds: float
    n_events: int
    steps: int
    turns: int | None
    tool_calls: int
    tool_failures: int
    total_tokens: int | None
    nano_aiu: int | None
    last_event_type: str
    last_tool: str | None
    last_event_age_seconds: float
    stall_threshold_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLine:
    """How a policy stands, as rpt_success_rates has it."""

    experiment_id: str
    policy_id: str
    n_running: int
    n_trials: int
    n_runs: int
    n_counted: int
    n_graded: int
    n_resolved: int
    n_errored: int
    n_incomplete: int
    n_excluded: int
    success_rate_graded: float | None
    success_rate_graded_low: float | None
    success_rate_graded_high: float | None
    total_tokens: int | None
    """Of all attempts; None where no run states any."""
    nano_aiu: int | None
    """Likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureLine:
    """A failure, or a run that did not end well."""

    received_us: int
    experiment_id: str
    policy_id: str
    task_id: str
    run_id: str
    trial_no: int | None
    kind: str
    """The failure's root, or the run's status."""
    is_end: bool
    """Whether the run ended with it."""
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the runs cost; nano-AIU as stated, nothing derived from prices."""

    spent_nano_aiu: int | None
    """Of all attempts; None where no run states its cost."""
    nano_aiu_per_minute: float | None
    """Over the last `window_seconds`; None where no cost is known."""
    window_seconds: float
    projected_nano_aiu: float | None
    """Once the open trials end, if each comes to cost what finished trials of its policy did on
    average, and no less than it did so far; None where a policy with open trials has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything at `now_us`."""

    now_us: int
    runs: list[RunLine]
    policies: list[PolicyLine]
    failures: list[FailureLine]
    """The latest first."""
    spending: Spending
    n_stalled: int
    n_trials: int
    n_counted: int
    n_runs: int
    """Known runs, superseded ones included."""
    n_events: int
    """Events taken up one by one."""


def picture_of(state: LiveState, now_us: int) -> Picture:
    """Say how things stand; what comes later does not change it."""
    state.refresh()
    runs = [
        _run_line(run, found, now_us)
        for run in state.open_runs.values()
        if (found := state_of(run, now_us)) in LIVE and state.standings.counts(run.run_id)
    ]
    runs.sort(key=lambda run: (run.experiment_id, run.policy_id, run.task_id, run.run_id))
    running = Counter((run.experiment_id, run.policy_id) for run in runs)
    policies = state.standings.policies
    return Picture(
        now_us=now_us,
        runs=runs,
        policies=[
            _policy_line(key, standing, running[key]) for key, standing in sorted(policies.items())
        ],
        failures=_failures(state),
        spending=_spending(state, runs, now_us),
        n_stalled=sum(run.state == "stalled" for run in runs),
        n_trials=sum(standing.n_trials for standing in policies.values()),
        n_counted=sum(standing.n_counted for standing in policies.values()),
        n_runs=state.n_runs,
        n_events=state.n_events,
    )


def _run_line(run: LiveRun, found: str, now_us: int) -> RunLine:
    account, spacing = run.account, run.spacing
    labels, start, last = account.labels, account.start, run.last
    assert labels is not None, "a run that counts has events"
    assert last is not None, "a run that goes on has sent something"
    policy = start.policy if start is not None else None
    return RunLine(
        **labels._asdict(),
        run_id=run.run_id,
        trial_no=start.trial_no if start is not None else None,
        attempt=start.attempt if start is not None else 1,
        model=(start.model if start is not None else None) or (policy.model if policy else None),
        state=found,
        age_seconds=max(0, now_us - spacing.arrivals_us[0]) / US_PER_SECOND,
        n_events=run.n_events,
        steps=account.steps,
        turns=len(account.turns) or None,
        tool_calls=account.tool_calls,
        tool_failures=account.tool_failures,
        total_tokens=account.total_tokens,
        nano_aiu=account.usage[NANO_AIU],
        last_event_type=last.event_type,
        last_tool=run.last_tool,
        last_event_age_seconds=silence_seconds(run, now_us),
        stall_threshold_seconds=spacing.stall_threshold_seconds,
    )


def _policy_line(key: PolicyKey, standing: Standing, n_running: int) -> PolicyLine:
    low, high = standing.interval or (None, None)
    return PolicyLine(
        experiment_id=key[0],
        policy_id=key[1],
        n_running=n_running,
        n_trials=standing.n_trials,
        n_runs=standing.n_runs,
        n_counted=standing.n_counted,
        n_graded=standing.n_graded,
        n_resolved=standing.n_resolved,
        n_errored=standing.n_errored,
        n_incomplete=standing.n_incomplete,
        n_excluded=standing.n_excluded,
        success_rate_graded=standing.success_rate_graded,
        success_rate_graded_low=low,
        success_rate_graded_high=high,
        total_tokens=standing.total_tokens if standing.n_with_tokens else None,
        nano_aiu=standing.nano_aiu if standing.n_costed else None,
    )


def _failures(state: LiveState) -> list[FailureLine]:
    """The latest first; a failure that its run's end repeats is told once, by the end."""
    lines = [_failure_line(state, event) for _, _, event in reversed(state.failures)]
    ends = {(line.run_id, line.message) for line in lines if line.is_end}
    return [line for line in lines if line.is_end or (line.run_id, line.message) not in ends]


def _failure_line(state: LiveState, event: LiveEvent) -> FailureLine:
    facts = event.facts
    is_end = event.event_type == "run_stop"
    message = facts.error if is_end else facts.message
    known = state.standings.facts(event.run_id)
    return FailureLine(
        received_us=event.received_us,
        experiment_id=event.labels.experiment_id,
        policy_id=event.labels.policy_id,
        task_id=event.labels.task_id,
        run_id=event.run_id,
        trial_no=known.trial_no if known is not None else None,
        kind=facts.status if is_end else facts.root.kind,
        is_end=is_end,
        message=message or facts.error_type,
    )


def _spending(state: LiveState, runs: list[RunLine], now_us: int) -> Spending:
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
        projected_nano_aiu=_projected(state, runs, total),
    )


def _projected(state: LiveState, runs: list[RunLine], total: Standing) -> float | None:
    if not total.n_costed:
        return None
    projected = float(total.nano_aiu)
    for run in runs:
        mean = state.standings.policies[run.experiment_id, run.policy_id].mean_nano_aiu
        if mean is None:
            return None
        projected += max(0.0, mean - (run.nano_aiu or 0))
    return projected

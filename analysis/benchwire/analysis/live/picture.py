"""What goes on at one moment, ready to be shown: runs, policies, jobs, spending, failures."""

from collections import Counter
from dataclasses import replace
from typing import Final

from benchwire.analysis.live.account import NANO_AIU
from benchwire.analysis.live.events import LiveEvent
from benchwire.analysis.live.job_progress import expected_trials, job_lines
from benchwire.analysis.live.lines import FailureLine, Picture, PolicyLine, RunLine
from benchwire.analysis.live.run import LiveRun
from benchwire.analysis.live.spacing import US_PER_SECOND
from benchwire.analysis.live.spending import spending_of
from benchwire.analysis.live.standing import Standing
from benchwire.analysis.live.standings import PolicyKey
from benchwire.analysis.live.state import LiveState, silence_seconds, state_of

LIVE: Final = ("running", "stalled")
LOST: Final = "telemetry_loss"
"""Kind of the line that tells what was lost of a run's events."""


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
    jobs = job_lines(state, runs, now_us)
    beyond = expected_trials(jobs, state.standings)
    policies = [
        _policy_line(key, standing, running[key], beyond.get(key, 0))
        for key, standing in sorted(state.standings.policies.items())
    ]
    return Picture(
        now_us=now_us,
        runs=runs,
        policies=policies,
        jobs=jobs,
        failures=_failures(state),
        spending=spending_of(state, jobs, now_us),
        n_stalled=sum(run.state == "stalled" for run in runs),
        n_trials=sum(line.n_trials for line in policies),
        n_trials_done=sum(line.n_trials_done for line in policies),
        n_trials_expected=sum(line.n_trials_expected for line in policies),
        n_declared_lost=sum(line.n_declared_lost for line in policies),
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
        n_declared_lost=run.n_declared_lost,
        last_event_type=last.event_type,
        last_tool=run.last_tool,
        last_event_age_seconds=silence_seconds(run, now_us),
        stall_threshold_seconds=spacing.stall_threshold_seconds,
    )


def _policy_line(key: PolicyKey, standing: Standing, n_running: int, n_beyond: int) -> PolicyLine:
    low, high = standing.interval or (None, None)
    return PolicyLine(
        experiment_id=key[0],
        policy_id=key[1],
        n_running=n_running,
        n_trials=standing.n_trials,
        n_trials_done=standing.n_trials_done,
        n_trials_expected=standing.n_trials + n_beyond,
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
        n_declared_lost=standing.n_declared_lost,
    )


def _failures(state: LiveState) -> list[FailureLine]:
    """The latest first; a failure that its run's end repeats is told once, by the end."""
    lines = [_failure_line(state, event) for _, _, event in reversed(state.failures)]
    ends = {(line.run_id, line.message) for line in lines if line.is_end}
    told = [line for line in lines if line.is_end or (line.run_id, line.message) not in ends]
    losses = [_loss_line(state, event) for _, event in sorted(state.losses.items())]
    told += [line for line in losses if line is not None]
    return sorted(told, key=lambda line: -line.received_us)


def _failure_line(state: LiveState, event: LiveEvent) -> FailureLine:
    facts = event.facts
    if event.event_type == "run_stop":
        message = facts.error or facts.error_type
        return replace(_line_of(state, event, facts.status, message), is_end=True)
    return _line_of(state, event, facts.root.kind, facts.message or facts.error_type)


def _loss_line(state: LiveState, event: LiveEvent) -> FailureLine | None:
    """All that was lost of a run in one line, with what was said of it last."""
    known = state.standings.facts(event.run_id)
    if known is None or not known.n_declared_lost:
        return None
    line = _line_of(state, event, LOST, event.facts.detail or event.facts.reason)
    return replace(line, n_declared_lost=known.n_declared_lost)


def _line_of(state: LiveState, event: LiveEvent, kind: str, message: str | None) -> FailureLine:
    known = state.standings.facts(event.run_id)
    return FailureLine(
        received_us=event.received_us,
        experiment_id=event.labels.experiment_id,
        policy_id=event.labels.policy_id,
        task_id=event.labels.task_id,
        run_id=event.run_id,
        trial_no=known.trial_no if known is not None else None,
        kind=kind,
        is_end=False,
        n_declared_lost=0,
        message=message,
    )

"""How far jobs are that go on, and what they come to cost: the rule of rpt_burn_rate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from benchwire.analysis.live.jobs import JobKey, JobPolicy
from benchwire.analysis.live.lines import JobLine, RunLine
from benchwire.analysis.live.spacing import US_PER_SECOND
from benchwire.analysis.live.standing import Standing
from benchwire.analysis.live.standings import Standings
from benchwire.analysis.live.state import LiveState

Number = TypeVar("Number", int, float)
LULL_SECONDS: Final = 60
"""So long after its last event a job goes on without a run."""


@dataclass(frozen=True, slots=True)
class _Share:
    """What one policy contributes to its job."""

    n_expected: int | None
    projected_begun: float | None
    projected: float | None


def job_lines(state: LiveState, runs: Iterable[RunLine], now_us: int) -> list[JobLine]:
    """Say how far each job is that goes on; `runs`: those that do.

    Between two trials nothing may run for a moment, so one goes on for a while as long as trials
    are left.
    """
    running: defaultdict[JobKey, list[RunLine]] = defaultdict(list)
    for run in runs:
        running[run.experiment_id, run.job_id].append(run)
    heard_of = _heard_of(state, now_us - LULL_SECONDS * US_PER_SECOND)
    lines = [
        _job_line(state.standings, key, running[key]) for key in sorted(running.keys() | heard_of)
    ]
    return [
        line
        for line in lines
        if line.n_runs_running or (line.n_trials_expected or 0) > line.n_trials_done
    ]


def expected_trials(lines: Iterable[JobLine], standings: Standings) -> dict[tuple[str, str], int]:
    """Say how many trials of each policy (experiment, policy) are planned beyond those begun.

    Negative where more have begun; policies of jobs that state no plan are left out.
    """
    beyond: defaultdict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        if line.n_trials_expected is None:
            continue
        key = (line.experiment_id, line.job_id)
        for policy_id, policy in standings.jobs.policies(key).items():
            n_expected = (policy.planned_trials or 0) * line.n_tasks
            beyond[line.experiment_id, policy_id] += n_expected - policy.n_trials
    return beyond


def _heard_of(state: LiveState, since_us: int) -> set[JobKey]:
    """Jobs of which anything arrived since a moment."""
    found: set[JobKey] = set()
    for run in state.runs():
        if run.last is not None and run.last.received_us >= since_us:
            facts = state.standings.facts(run.run_id)
            if facts is not None and state.standings.counts(run.run_id):
                found.add((facts.labels.experiment_id, facts.labels.job_id))
    return found


def _job_line(standings: Standings, key: JobKey, runs: list[RunLine]) -> JobLine:
    policies = standings.jobs.policies(key)
    tasks = {task for policy in policies.values() for task in policy.tasks}
    open_trials: defaultdict[str, list[Standing]] = defaultdict(list)
    for run in runs:
        trial = standings.share_of_final(run.run_id)
        if trial is not None:
            open_trials[run.policy_id].append(trial)
    shares = [
        _share(policy, standings.policies[key[0], name], open_trials[name], len(tasks))
        for name, policy in sorted(policies.items())
    ]
    expected = [share.n_expected for share in shares]
    members = policies.values()
    return JobLine(
        experiment_id=key[0],
        job_id=key[1],
        n_policies=len(policies),
        n_tasks=len(tasks),
        n_runs_running=len(runs),
        n_trials=sum(policy.n_trials for policy in members),
        n_trials_done=sum(policy.n_trials_done for policy in members),
        n_trials_running=sum(len(trials) for trials in open_trials.values()),
        n_trials_expected=_whole(expected),
        nano_aiu=sum(policy.nano_aiu for policy in members)
        if any(policy.n_costed for policy in members)
        else None,
        projected_begun_nano_aiu=_whole([share.projected_begun for share in shares]),
        projected_nano_aiu=_whole([share.projected for share in shares]),
    )


def _share(policy: JobPolicy, anywhere: Standing, trials: list[Standing], n_tasks: int) -> _Share:
    """Look at one policy; `anywhere`: in all jobs, `trials`: those that are open in this one."""
    mean = policy.mean_nano_aiu
    if mean is None:
        mean = anywhere.mean_nano_aiu
    planned = policy.planned_trials
    n_expected = None if planned is None else planned * n_tasks
    if trials and mean is None:
        return _Share(n_expected, None, None)
    begun = float(policy.nano_aiu)
    begun += sum(max(0.0, (mean or 0.0) - trial.nano_aiu) for trial in trials)
    if n_expected is None:
        return _Share(None, begun, None)
    n_left = max(0, n_expected - policy.n_trials_done - len(trials))
    if n_left and mean is None:
        return _Share(n_expected, begun, None)
    return _Share(n_expected, begun, begun + n_left * (mean or 0.0))


def _whole(parts: list[Number | None]) -> Number | None:
    """Add up; None if any part is unknown."""
    known = [part for part in parts if part is not None]
    return sum(known[1:], known[0]) if known and len(known) == len(parts) else None

"""What is shown of one moment: a line for each run, policy, job and failure, and the whole."""

from dataclasses import dataclass


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
    n_declared_lost: int
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
    n_trials_done: int
    """Trials whose final attempt is over."""
    n_trials_expected: int
    """Planned in jobs that go on, as rpt_burn_rate has it; begun in all others, and in those of
    which some policy states no plan."""
    n_runs: int
    n_counted: int
    """Trials done that are not excluded."""
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
    n_declared_lost: int
    """Events of all attempts that were declared lost and have not turned up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """How far a job is that goes on, as rpt_burn_rate has it; cost as stated."""

    experiment_id: str
    job_id: str
    n_policies: int
    """Policies and tasks that have begun."""
    n_tasks: int
    n_runs_running: int
    n_trials: int
    n_trials_done: int
    n_trials_running: int
    n_trials_expected: int | None
    """None where a policy states no plan."""
    nano_aiu: int | None
    projected_begun_nano_aiu: float | None
    """Once the open trials end; None where a policy with open trials has none that is done."""
    projected_nano_aiu: float | None
    """Once all that is planned has ended; None where a plan or such a mean is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureLine:
    """A failure, a run that did not end well, or what was lost of a run's events."""

    received_us: int
    experiment_id: str
    policy_id: str
    task_id: str
    run_id: str
    trial_no: int | None
    kind: str
    """The failure's root, the run's status, or `telemetry_loss`."""
    is_end: bool
    """Whether the run ended with it."""
    n_declared_lost: int
    """Of a `telemetry_loss`: all events that the run has lost."""
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the runs cost; nano-AIU as stated, nothing derived from prices."""

    spent_nano_aiu: int | None
    """Of all attempts; None where no run states its cost."""
    nano_aiu_per_minute: float | None
    """Over the last `window_seconds`; None where no cost is known."""
    window_seconds: float
    projected_begun_nano_aiu: float | None
    """Once the open trials end: each comes to cost the mean of its policy's trials that are done,
    or what it has cost so far if that is more. None where a mean that is needed is not known."""
    projected_nano_aiu: float | None
    """Once all that is planned has ended; None where some plan is not known either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything at `now_us`."""

    now_us: int
    runs: list[RunLine]
    policies: list[PolicyLine]
    jobs: list[JobLine]
    """Those that go on."""
    failures: list[FailureLine]
    """The latest first."""
    spending: Spending
    n_stalled: int
    n_trials: int
    n_trials_done: int
    n_trials_expected: int
    n_declared_lost: int
    n_runs: int
    """Known runs, superseded ones included."""
    n_events: int
    """Events taken up one by one."""

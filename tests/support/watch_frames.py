"""Pictures for the screen of `watch`, and the frames they make."""

from dataclasses import replace
from typing import Any

from benchwire.analysis.live.lines import (
    FailureLine,
    JobLine,
    Picture,
    PolicyLine,
    RunLine,
    Spending,
)
from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.frame import overview
from benchwire.cli.watching.head import Situation
from benchwire.cli.watching.stream_probe import NO_STREAM

NOW_US = 1_790_000_000_000_000
RUN_ID = "0192a000-0000-4000-8000-00000000000"
READING = replace(NO_STREAM, began_us=1, n_messages=1_234, n_behind=17, is_consumed=True)
LIVE = Situation(
    experiment_id="demo",
    is_live=True,
    loaded=0,
    to_load=0,
    trouble="",
    error="",
    missing="",
    n_refused=0,
    events_per_second=118.4,
    reading=READING,
)


def run(number: int, **changed: Any) -> RunLine:
    """A running trial."""
    line = RunLine(
        experiment_id="demo",
        job_id="job-1",
        policy_id="careful",
        task_id=f"mend-{number}",
        run_id=f"{RUN_ID}{number}",
        trial_no=1,
        attempt=1,
        model="model-large",
        state="running",
        age_seconds=61.0,
        n_events=9,
        steps=number,
        turns=1,
        tool_calls=3,
        tool_failures=0,
        total_tokens=12_345,
        nano_aiu=1_500_000_000,
        n_declared_lost=0,
        last_event_type="tool_call",
        last_tool="edit_file",
        last_event_age_seconds=float(number),
        stall_threshold_seconds=120.0,
    )
    return replace(line, **changed)


def policy(name: str = "careful", **changed: Any) -> PolicyLine:
    """A policy with a dozen trials."""
    line = PolicyLine(
        experiment_id="demo",
        policy_id=name,
        n_running=2,
        n_trials=12,
        n_trials_done=10,
        n_trials_expected=18,
        n_runs=12,
        n_counted=10,
        n_graded=10,
        n_resolved=4,
        n_errored=1,
        n_incomplete=2,
        n_excluded=0,
        success_rate_graded=0.4,
        success_rate_graded_low=0.168,
        success_rate_graded_high=0.687,
        total_tokens=1_200_000,
        nano_aiu=52_000_000_000,
        n_declared_lost=0,
    )
    return replace(line, **changed)


def failure(message: str = "exit code 3", **changed: Any) -> FailureLine:
    """How a run ended."""
    line = FailureLine(
        received_us=NOW_US,
        experiment_id="demo",
        policy_id="careful",
        task_id="mend-1",
        run_id=f"{RUN_ID}1",
        trial_no=1,
        kind="agent_failed",
        is_end=True,
        n_declared_lost=0,
        message=message,
    )
    return replace(line, **changed)


def lossy(number: int, **changed: Any) -> FailureLine:
    """What was lost of a run, so many events."""
    return failure(
        "line 2: unknown_field",
        run_id=f"{RUN_ID}{number}",
        kind="telemetry_loss",
        is_end=False,
        n_declared_lost=number,
        received_us=NOW_US + number,
        **changed,
    )


JOB = JobLine(
    experiment_id="demo",
    job_id="job-1",
    n_policies=2,
    n_tasks=9,
    n_runs_running=3,
    n_trials=24,
    n_trials_done=20,
    n_trials_running=3,
    n_trials_expected=36,
    nano_aiu=52_000_000_000,
    projected_begun_nano_aiu=None,
    projected_nano_aiu=None,
)


def picture(**changed: Any) -> Picture:
    """Three running trials of two policies."""
    runs = [run(1), run(2), run(3, state="stalled", last_event_age_seconds=187.0)]
    found = Picture(
        now_us=NOW_US,
        runs=runs,
        policies=[policy(), policy("hasty", n_running=0, success_rate_graded=None, nano_aiu=None)],
        jobs=[],
        failures=[failure()],
        spending=Spending(
            spent_nano_aiu=52_000_000_000,
            nano_aiu_per_minute=1_250_000_000.0,
            window_seconds=600.0,
            projected_begun_nano_aiu=60_000_000_000.0,
            projected_nano_aiu=None,
        ),
        n_stalled=1,
        n_trials=24,
        n_trials_done=20,
        n_trials_expected=36,
        n_declared_lost=0,
        n_runs=24,
        n_events=999,
    )
    return replace(found, **changed)


def frame(
    shown: Picture | None = None,
    situation: Situation = LIVE,
    controls: Controls | None = None,
    width: int = 80,
    height: int | None = 24,
) -> list[str]:
    """Make a frame; returns its lines without what is blank at their ends."""
    lines = overview(shown or picture(), situation, controls or Controls(), width, height)
    return [line.plain.rstrip() for line in lines]


MANY = picture(
    runs=[run(number % 10, run_id=f"{RUN_ID}-{number}") for number in range(40)],
    policies=[policy(f"policy-{number}-漢字" * 4) for number in range(20)],
    failures=[failure("no\x1b[2Jsuch\nfile " * 20) for _ in range(30)],
)

"""Experiments for tests of the trial runner, and trials that need no agent."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchwire.producer.producer import Producer
from benchwire.producer.runner.execution import HowToRun, JobRunner
from benchwire.producer.runner.experiment import Experiment
from benchwire.producer.runner.guarded_trial import TrialFunction
from benchwire.producer.runner.job_events import JobEvent, Observer
from benchwire.producer.runner.ledger import Ledger
from benchwire.producer.runner.meter import Cancellation, MeterReading, RunMeter
from benchwire.producer.runner.plan import PlannedTrial, plan
from benchwire.producer.runner.trial import TrialReport, TrialSettings
from benchwire.schemas.run import Outcome, RunStatus


def document(**over: Any) -> dict[str, Any]:
    """The smallest experiment, with whatever a test adds."""
    return {
        "name": "Some Question",
        "task": {"prompt": "do it"},
        "variants": [{"name": "echo", "command": "true"}],
        **over,
    }


def matrix(policies: int = 2, tasks: int = 2, trials: int = 2, **over: Any) -> dict[str, Any]:
    """An experiment with more than one of everything."""
    cells = document(
        variants=[{"name": f"p{n}", "command": "true"} for n in range(1, policies + 1)],
        tasks=[{"name": f"t{n}", "prompt": "do it"} for n in range(1, tasks + 1)],
        trials=trials,
        retries={"backoff_seconds": 0.0},
        **over,
    )
    del cells["task"]
    return cells


def experiment(**over: Any) -> Experiment:
    """The smallest experiment, as a model."""
    return Experiment.model_validate_json(json.dumps(document(**over)), strict=True)


def planned(of: dict[str, Any], job_id: str = "job", base_dir: Path = Path()) -> list[PlannedTrial]:
    """The plan of an experiment that is given as a document."""
    return plan(Experiment.model_validate_json(json.dumps(of), strict=True), job_id, base_dir)


def reading(
    tokens: int | None = None,
    nano_aiu: int | None = None,
    seconds: float = 0.0,
    losses: Sequence[str] = (),
) -> MeterReading:
    """What a meter shows."""
    return MeterReading(
        phase="agent",
        events=0,
        steps=0,
        tool_calls=0,
        tool_failures=0,
        failures=0,
        events_lost=len(losses),
        first_loss=next(iter(losses), None),
        tokens=tokens,
        nano_aiu=nano_aiu,
        seconds=seconds,
        silent_seconds=0.0,
    )


Behave = Callable[[PlannedTrial, int, RunMeter, Cancellation], tuple[RunStatus, Outcome]]
"""What a pretended trial does, and how it ends."""


def pretended_trial(behave: Behave) -> TrialFunction:
    """A trial without a workspace, an agent or an event; a cancelled one says so."""

    def run(
        producer: Producer,
        planned: PlannedTrial,
        *,
        run_id: str,
        attempt: int,
        settings: TrialSettings,
        meter: RunMeter,
        cancel: Cancellation,
    ) -> TrialReport:
        meter.enter("agent")
        status, outcome = behave(planned, attempt, meter, cancel)
        meter.enter("ended")
        return TrialReport(
            run_id=run_id,
            status=status,
            outcome=outcome,
            score=None,
            error=cancel.reason or None,
            error_type=None,
            meter=meter.read(),
            seconds=meter.read().seconds,
            artifacts_dir=settings.artifacts_dir / run_id,
        )

    return run


def job_runner(
    producer: Producer,
    ledger: Ledger,
    trials: list[PlannedTrial],
    behave: Behave,
    *,
    seen: list[JobEvent] | None = None,
    observer: Observer | None = None,
    **how: Any,
) -> JobRunner:
    """A runner of pretended trials."""
    settings = TrialSettings(
        workspaces_dir=ledger.directory / "workspaces", artifacts_dir=ledger.directory / "runs"
    )
    given: dict[str, Any] = {"concurrency": 1, "settings": settings, **how}
    return JobRunner(
        producer,
        trials,
        ledger=ledger,
        how=HowToRun(**given),
        run_trial=pretended_trial(behave),
        observer=observer or (seen if seen is not None else []).append,
    )

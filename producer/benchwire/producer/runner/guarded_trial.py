"""Runs one attempt; one that breaks in a way nobody foresaw does not end the others."""

from typing import Protocol

from benchwire.producer.log import log_error
from benchwire.producer.producer import Producer
from benchwire.producer.runner.meter import Cancellation, RunMeter
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.trial import TrialReport, TrialSettings


class TrialFunction(Protocol):
    """Runs one attempt and records it; see ``trial.run_trial``."""

    def __call__(  # noqa: PLR0913 - what belongs to one attempt
        self,
        producer: Producer,
        planned: PlannedTrial,
        *,
        run_id: str,
        attempt: int,
        settings: TrialSettings,
        meter: RunMeter,
        cancel: Cancellation,
    ) -> TrialReport:
        """Work until the attempt has ended."""
        ...


def guarded_trial(  # noqa: PLR0913 - what belongs to one attempt
    run_trial: TrialFunction,
    producer: Producer,
    planned: PlannedTrial,
    *,
    run_id: str,
    attempt: int,
    settings: TrialSettings,
    meter: RunMeter,
    cancel: Cancellation,
) -> TrialReport:
    """Run the attempt; an exception becomes a report with status ``harness_error``."""
    try:
        return run_trial(
            producer,
            planned,
            run_id=run_id,
            attempt=attempt,
            settings=settings,
            meter=meter,
            cancel=cancel,
        )
    except Exception as error:  # noqa: BLE001 - see above
        text = producer.redactor.text(f"{type(error).__name__}: {error}")
        log_error("trial_broke", run_id=run_id, trial=planned.name, error=text)
        reading = meter.read()
        return TrialReport(
            run_id=run_id,
            status="harness_error",
            outcome="ungraded",
            score=None,
            error=text,
            error_type=type(error).__name__,
            meter=reading,
            seconds=reading.seconds,
            artifacts_dir=settings.artifacts_dir,
        )

"""The events of a job as plain documents: what `benchwire run --json` prints, one a line."""

from typing import Any

from benchwire.producer.runner.history import FinishedAttempt
from benchwire.producer.runner.job_events import (
    JobEvent,
    JobFinished,
    JobStarted,
    JobStopping,
    TrialFinished,
    TrialProgress,
    TrialStarted,
)
from benchwire.producer.runner.plan import PlannedTrial


def record_of(event: JobEvent) -> dict[str, Any]:
    """Return ``{"event": …, …}`` with the identifiers and numbers of an event."""
    match event:
        case JobStarted():
            facts = _fields(event, "experiment_id", "job_id", "trials", "concurrency")
            facts["done"] = len(event.done)
            return {"event": "job_started", **facts}
        case TrialStarted():
            return {
                "event": "trial_started",
                **_trial(event.trial),
                **_fields(event, "attempt", "run_id"),
                "seed": event.trial.seed,
            }
        case TrialProgress():
            reading = event.meter
            return {
                "event": "trial_progress",
                **_trial(event.trial),
                **_fields(event, "attempt", "run_id"),
                **_fields(reading, "phase", "events", "steps", "tool_calls", "events_lost"),
                **_fields(reading, "tokens", "nano_aiu"),
                "seconds": round(reading.seconds, 3),
            }
        case TrialFinished():
            result = event.result
            return {
                "event": "trial_finished",
                **_trial(event.trial),
                **{name: getattr(result, name) for name in FinishedAttempt.__slots__},
                "is_final": result.is_final,
                "tried_again": event.tried_again,
            }
        case JobStopping():
            return {"event": "job_stopping", **_fields(event, "kind", "reason", "at_once")}
        case JobFinished():
            facts = _fields(event, "experiment_id", "job_id", "trials", "final", "attempts")
            facts |= _fields(event, "events_lost", "stopped", "reason")
            return {"event": "job_finished", **facts, "seconds": round(event.seconds, 3)}


def _trial(trial: PlannedTrial) -> dict[str, Any]:
    return _fields(trial, "policy_id", "task_id", "trial_no")


def _fields(source: object, *names: str) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}

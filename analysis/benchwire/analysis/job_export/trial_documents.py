"""Words a run as Harbor's and Pier's trial documents: `config.json`, `result.json`, rewards.

Their readers take a trial for solved if a reward is positive, and for broken if an exception is
recorded. What they have no key for stands under `agent_result.metadata.benchwire`.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from benchwire.analysis.job_export.atif_steps import NANO, OURS, Document, without_none
from benchwire.analysis.job_export.events_file import RunRecord
from benchwire.analysis.job_export.selection import Job, RunFacts
from benchwire.analysis.job_export.trajectory import UNKNOWN, labels

TASK_CHARS_MAX: Final = 32
"""Characters of the task's name in the name of a trial, as Harbor has it."""
JOB_NAMESPACE: Final = uuid.UUID("0b9a8c1e-5d0f-5c51-9a3e-2f6b7d8e4c10")
"""Of the ids of jobs whose name is no UUID, which Harbor's documents ask for."""
_KEY_CHARS: Final = 7
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_TIME: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
_EXCEPTIONS: Final = {
    "agent_failed": "NonZeroAgentExitCodeError",
    "timed_out": "AgentTimeoutError",
    "cancelled": "CancelledError",
}
"""Exception classes that say what a status means, for runs that name none."""
_CLASS: Final = re.compile(r"[A-Z]\w*[a-z]\w*")
"""What looks like the name of a class; other kinds of error are not what Harbor's tools expect."""
_HARNESS_ERROR: Final = "HarnessError"


def trial_name(job: Job, facts: RunFacts, taken: Mapping[str, object]) -> str:
    """The name of a run's directory: its task and a key of what tells it from the others.

    The same run of the same job has the same name wherever its record is exported from.
    """
    identity = [job.experiment_id, job.job_id, facts.policy_id, facts.task_id]
    identity += [str(facts.trial_no), str(facts.attempt)]
    if facts.trial_no is None:
        identity.append(facts.run_id)
    digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()
    task = _UNSAFE.sub("-", facts.task_id)[:TASK_CHARS_MAX].strip(".-") or "task"
    name = f"{task}__{digest[:_KEY_CHARS]}"
    # Two final attempts of one trial cannot be; open runs of one attempt can.
    return name if name not in taken else f"{name}{facts.run_id.replace('-', '')}"


def job_uuid(job: Job) -> str:
    """The job's id as a UUID."""
    try:
        return str(uuid.UUID(job.job_id))
    except ValueError:
        return str(uuid.uuid5(JOB_NAMESPACE, f"{job.experiment_id}\0{job.job_id}"))


def trial_config(job: Job, facts: RunFacts, name: str) -> Document:
    """The trial's configuration."""
    return {
        "task": {"path": facts.task_id},
        "trial_name": name,
        "trials_dir": job.job_id,
        "agent": agent_config(facts),
        "job_id": job_uuid(job),
    }


def agent_config(facts: RunFacts) -> Document:
    """The agent as Harbor configures it; the policy tells two settings of one agent apart."""
    settings = {"policy_id": facts.policy_id, "reasoning_effort": facts.reasoning_effort}
    return without_none(
        {
            "name": facts.agent or facts.policy_id,
            "model_name": _full_model(facts),
            "kwargs": without_none(settings),
        }
    )


def trial_result(job: Job, facts: RunFacts, record: RunRecord, name: str) -> Document:
    """What became of a run that has ended."""
    task = record.task
    return {
        "id": facts.run_id,
        "task_name": facts.task_id,
        "trial_name": name,
        "trial_uri": f"file:///{_UNSAFE.sub('-', job.job_id)}/{name}",
        "task_id": _task_id(facts, task),
        "source": facts.dataset,
        "task_checksum": task.get("checksum") or task.get("prompt_sha256") or UNKNOWN,
        "config": trial_config(job, facts, name),
        "agent_info": {
            "name": facts.agent or facts.policy_id,
            "version": facts.agent_version or UNKNOWN,
            "model_info": None
            if facts.model is None
            else {"name": facts.model, "provider": facts.model_provider},
        },
        "agent_result": _agent_result(job, facts),
        "verifier_result": None if rewards_of(facts) is None else {"rewards": rewards_of(facts)},
        "exception_info": _exception(facts),
        "started_at": facts.started_at,
        "finished_at": facts.stopped_at,
        **_phases(facts),
    }


def rewards_of(facts: RunFacts) -> dict[str, float] | None:
    """The rewards that count; a verdict without any gets the one its outcome means."""
    if facts.rewards:
        return {name: float(value) for name, value in facts.rewards.items()}
    return {"resolved": {"reward": 1.0}, "unresolved": {"reward": 0.0}}.get(facts.outcome)


def exception_type(facts: RunFacts) -> str | None:
    """The class of the exception that ended the run; None if all went well."""
    if facts.status in {None, "ok"}:
        return None
    said = facts.error_type
    if said is not None and _CLASS.fullmatch(said):
        return said
    return _EXCEPTIONS.get(facts.status or "", _HARNESS_ERROR)


def prompt_tokens(facts: RunFacts) -> int | None:
    """Input as Harbor counts it: the cached tokens included."""
    parts = (facts.input_tokens, facts.cache_read_tokens, facts.cache_write_tokens)
    known = [tokens for tokens in parts if tokens is not None]
    return sum(known) if known else None


def _agent_result(job: Job, facts: RunFacts) -> Document:
    ours = {
        **labels(job, facts),
        "is_final_attempt": facts.is_final_attempt,
        "seed": facts.seed,
        "cfg_hash": facts.cfg_hash,
        "env_hash": facts.env_hash,
        "status": facts.status,
        "outcome": facts.outcome,
        "score": facts.score,
        "reward_valid": facts.reward_valid,
        "error_type": facts.error_type,
        "exit_code": facts.exit_code,
        "turns": facts.turns,
        "steps": facts.steps,
        "tool_calls": facts.tool_calls,
        "input_tokens": facts.input_tokens,
        "cache_read_tokens": facts.cache_read_tokens,
        "cache_write_tokens": facts.cache_write_tokens,
        "output_tokens": facts.output_tokens,
        "reasoning_tokens": facts.reasoning_tokens,
        "total_tokens": facts.total_tokens,
        "nano_aiu": facts.nano_aiu,
        "nano_usd": facts.nano_usd,
        "usage_source": facts.usage_source,
    }
    # The name is that of copilot-experiments, whose reader looks for it.
    aiu = {} if facts.aiu is None else {"copilot_aiu": facts.aiu}
    return {
        "n_input_tokens": prompt_tokens(facts),
        "n_cache_tokens": facts.cache_read_tokens,
        "n_output_tokens": facts.output_tokens,
        "cost_usd": None if facts.nano_usd is None else facts.nano_usd / NANO,
        "peak_context_tokens": facts.peak_context_tokens,
        "n_agent_steps": facts.turns,
        "metadata": {**aiu, OURS: without_none(ours)},
    }


def _exception(facts: RunFacts) -> Document | None:
    name = exception_type(facts)
    if name is None:
        return None
    message = facts.error or f"the run ended with status {facts.status}"
    return {
        "exception_type": name,
        "exception_message": message,
        "exception_traceback": "",
        "occurred_at": facts.stopped_at,
    }


def _task_id(facts: RunFacts, task: Mapping[str, Any]) -> Document:
    if not task.get("repo"):
        return {"path": facts.task_id}
    return {"git_url": task["repo"], "git_commit_id": task.get("ref"), "path": facts.task_id}


def _full_model(facts: RunFacts) -> str | None:
    if facts.model is None or facts.model_provider is None:
        return facts.model
    return f"{facts.model_provider}/{facts.model}"


def _phases(facts: RunFacts) -> Document:
    """The phases one after the other from the start: their lengths are measured, their gaps not."""
    lengths = {
        "environment_setup": facts.setup_ms,
        "agent_execution": facts.agent_ms,
        "verifier": facts.verify_ms,
    }
    at = None if facts.started_at is None else datetime.strptime(facts.started_at, _TIME)  # noqa: DTZ007 - it ends in Z
    phases: Document = {}
    for name, length_ms in lengths.items():
        phases[name] = None
        if at is not None and length_ms is not None:
            ended = at + timedelta(milliseconds=length_ms)
            phases[name] = {"started_at": at.strftime(_TIME), "finished_at": ended.strftime(_TIME)}
            at = ended
    return phases

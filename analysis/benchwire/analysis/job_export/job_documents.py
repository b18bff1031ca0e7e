"""Words a job as Harbor's and Pier's job documents: `config.json` and `result.json`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from benchwire.analysis.job_export.atif_steps import NANO, OURS, Document
from benchwire.analysis.job_export.pass_at_k import job_pass_at_k
from benchwire.analysis.job_export.selection import Job, RunFacts
from benchwire.analysis.job_export.trial_documents import (
    agent_config,
    exception_type,
    job_uuid,
    prompt_tokens,
    rewards_of,
)

_ADHOC: Final = "adhoc"
"""What Harbor calls the suite of tasks that come from none."""


def counts(facts: RunFacts) -> bool:
    """Whether a run is one of the job's trials, and not an earlier attempt or taken out."""
    return facts.is_final_attempt and not facts.is_excluded


def started_at(runs: Iterable[RunFacts]) -> str | None:
    """When the first run began."""
    return min((run.started_at for run in runs if run.started_at is not None), default=None)


def finished_at(runs: Sequence[RunFacts]) -> str | None:
    """When the last run ended; None while a trial of the job has not."""
    if any(counts(run) and not run.is_stopped for run in runs):
        return None
    return max((run.stopped_at for run in runs if run.stopped_at is not None), default=None)


def job_config(job: Job, runs: Sequence[RunFacts]) -> Document:
    """The job's configuration, as far as its runs show it."""
    cells: dict[tuple[str, str], int] = {}
    agents: dict[str, Document] = {}
    for run in filter(counts, runs):
        cell = (run.policy_id, run.task_id)
        cells[cell] = cells.get(cell, 0) + 1
        agents.setdefault(run.policy_id, agent_config(run))
    return {
        "job_name": job.job_id,
        "jobs_dir": "jobs",
        "n_attempts": max(cells.values(), default=1),
        "agents": list(agents.values()),
        "tasks": [{"path": task} for task in dict.fromkeys(task for _, task in cells)],
    }


def job_result(job: Job, runs: Sequence[RunFacts], names: dict[str, str]) -> Document:
    """The job's status and statistics; `names` are those of the trials by run_id."""
    trials = [run for run in runs if counts(run)]
    ended = [run for run in trials if run.is_stopped]
    errors = [run for run in ended if exception_type(run) is not None]
    stats: Document = {
        "n_completed_trials": len(ended),
        "n_errored_trials": len(errors),
        "n_running_trials": len(trials) - len(ended),
        "n_pending_trials": 0,
        "n_cancelled_trials": sum(run.status == "cancelled" for run in errors),
        "n_retries": sum(not run.is_final_attempt for run in runs),
        "n_input_tokens": _sum(prompt_tokens(run) for run in ended),
        "n_cache_tokens": _sum(run.cache_read_tokens for run in ended),
        "n_output_tokens": _sum(run.output_tokens for run in ended),
        "cost_usd": _cost(ended),
        "evals": {key: one.document() for key, one in sorted(_evals(ended, names).items())},
    }
    return {
        "id": job_uuid(job),
        "started_at": started_at(runs),
        "updated_at": finished_at(runs) or started_at(runs),
        "finished_at": finished_at(runs),
        "n_total_trials": len(trials),
        "stats": stats,
        "metadata": {OURS: {"experiment_id": job.experiment_id, "job_id": job.job_id}},
    }


@dataclass(slots=True)
class _Eval:
    """Statistics of one agent, model and dataset."""

    n_trials: int = 0
    rewards_by_task: dict[str, list[dict[str, float]]] = field(
        default_factory=dict[str, list[dict[str, float]]]
    )
    n_rewarded: int = 0
    sums: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    reward_stats: dict[str, dict[str, list[str]]] = field(
        default_factory=dict[str, dict[str, list[str]]]
    )
    exception_stats: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def add(self, run: RunFacts, name: str) -> None:
        """Count one trial."""
        self.n_trials += 1
        rewards = rewards_of(run)
        self.n_rewarded += rewards is not None
        self.rewards_by_task.setdefault(run.task_id, []).append(dict(rewards or {}))
        for dimension, value in (rewards or {}).items():
            self.sums.setdefault(dimension, []).append(float(value))
            by_value = self.reward_stats.setdefault(dimension, {})
            by_value.setdefault(repr(float(value)), []).append(name)
        error = exception_type(run)
        if error is not None:
            self.exception_stats.setdefault(error, []).append(name)

    def document(self) -> dict[str, Any]:
        """As Harbor writes it: means count a trial without a reward as 0."""
        means = {
            dimension: sum(sorted(values)) / self.n_trials
            for dimension, values in sorted(self.sums.items())
        }
        metrics = {"mean": next(iter(means.values()))} if len(means) == 1 else means
        return {
            "n_trials": self.n_rewarded,
            "n_errors": sum(map(len, self.exception_stats.values())),
            "metrics": [metrics] if metrics else [],
            "pass_at_k": self._pass_at_k(),
            "reward_stats": self.reward_stats,
            "exception_stats": self.exception_stats,
        }

    def _pass_at_k(self) -> dict[str, float]:
        """With more than one dimension of rewards the harness reports none."""
        if len(self.sums) != 1:
            return {}
        (dimension,) = self.sums
        return job_pass_at_k(
            {
                task: [float(rewards.get(dimension, 0)) for rewards in attempts]
                for task, attempts in self.rewards_by_task.items()
            }
        )


def _evals(runs: Iterable[RunFacts], names: dict[str, str]) -> dict[str, _Eval]:
    evals: dict[str, _Eval] = {}
    for run in runs:
        parts = (run.agent or run.policy_id, run.model, run.dataset or _ADHOC)
        key = "__".join(part for part in parts if part is not None)
        evals.setdefault(key, _Eval()).add(run, names[run.run_id])
    return evals


def _cost(runs: Iterable[RunFacts]) -> float | None:
    nano_usd = _sum(run.nano_usd for run in runs)
    return None if nano_usd is None else nano_usd / NANO


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None

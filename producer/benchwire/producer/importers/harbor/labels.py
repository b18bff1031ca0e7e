"""Names the trials of a job, and numbers those that repeat a cell and those that were retried."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from benchwire.producer.importers import fitting
from benchwire.producer.importers.harbor.head import TrialHead, agent_name, model_name
from benchwire.producer.importers.harbor.job import Job
from benchwire.producer.importers.labels import LabelOverrides, Labels
from benchwire.schemas.redaction import Redactor

Numbers = tuple[int, int]
"""trial_no and attempt."""


def labels_of(heads: Sequence[TrialHead], job: Job, overrides: LabelOverrides) -> list[Labels]:
    """The labels of a job's trials, not numbered yet, in their order.

    A job is the experiment and its id the launch; each of several datasets is an experiment of
    its own, as the harness keeps rates by dataset. Arms of one agent and model are told apart by
    the settings in which they differ.
    """
    datasets = {head.dataset for head in heads if head.dataset is not None}
    arms = _arms(heads, job)
    labels: list[Labels] = []
    for head, arm in zip(heads, arms, strict=True):
        several = len(datasets) > 1 and head.dataset is not None
        experiment = f"{job.name}/{head.dataset}" if several else job.name
        derived = Labels(
            experiment_id=fitting.identifier(experiment) or "harbor",
            job_id=job.id or head.job_id or job.name,
            policy_id=fitting.identifier(arm) or "agent",
            task_id=fitting.identifier(head.task) or "task",
            trial_no=None,
        )
        labels.append(overrides.over(derived))
    return labels


def _arms(heads: Sequence[TrialHead], job: Job) -> list[str]:
    """Policy names: agent and model, with the differing settings where those are not enough."""
    plain = [_plain(head.agent, head.model) for head in heads]
    if len(job.agents) == 1:
        return plain
    told = list(zip(plain, (_told(head.settings) for head in heads), strict=True))
    # Arms that have not begun yet count, or the others would change their names when they do.
    planned = [(_plain(agent_name(one), model_name(one)), _told(one)) for one in job.agents]
    differing = _differing(told) | _differing(planned)
    return [
        _arm(arm, {key: settings[key] for key in settings if (arm, key) in differing})
        for arm, settings in told
    ]


def _differing(told: Sequence[tuple[str, dict[str, str]]]) -> set[tuple[str, str]]:
    """The settings, each with its arm, that have several values among those of equal name."""
    by_arm: dict[str, list[dict[str, str]]] = {}
    for arm, settings in told:
        by_arm.setdefault(arm, []).append(settings)
    return {
        (arm, key)
        for arm, several in by_arm.items()
        for key in set[str]().union(*several)
        if len({settings.get(key) for settings in several}) > 1
    }


def _plain(agent: str, model: str | None) -> str:
    return f"{agent}/{model}" if model else agent


def _arm(plain: str, differing: dict[str, str]) -> str:
    named = ",".join(f"{key}={value}" for key, value in sorted(differing.items()))
    return f"{plain}[{named}]" if named else plain


def _told(settings: dict[str, Any]) -> dict[str, str]:
    """An agent's settings as texts: its keyword arguments, without what must stay secret."""
    arguments = fitting.mapping(Redactor().document(fitting.mapping(settings.get("kwargs"))))
    return {
        key: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for key, value in arguments.items()
    }


def number(cell: Sequence[TrialHead], job: Job) -> list[Numbers]:
    """Number the trials of one cell, which come in order of time: trial_no and attempt of each.

    A trial is a retry if the harness ran it under the name of an earlier one, or if the cell has
    more trials than the job planned and an earlier one had ended with an exception that the job
    retries.
    """
    excess = max(0, len(cell) - job.n_attempts) if job.n_attempts else 0
    by_name: dict[str, int] = {}
    last: list[TrialHead] = []
    attempts: list[int] = []
    numbers: list[Numbers] = []
    for head in cell:
        trial = by_name.get(head.name)
        if trial is None and excess:
            trial = next((i for i, one in enumerate(last) if _retried(one, head, job)), None)
        if trial is None:
            trial = len(last)
            last.append(head)
            attempts.append(0)
        elif excess:
            excess -= 1
        last[trial] = head
        by_name[head.name] = trial
        attempts[trial] += 1
        numbers.append((trial + 1, attempts[trial]))
    return numbers


def in_order(heads: Iterable[TrialHead]) -> list[TrialHead]:
    """Trials by when they started, then by name; those without a time come last."""
    return sorted(
        heads,
        key=lambda head: (
            head.started_us is None,
            head.started_us or 0,
            head.name,
            str(head.folder),
        ),
    )


def _retried(before: TrialHead, after: TrialHead, job: Job) -> bool:
    """Tell whether ``after`` can be the retry of ``before``."""
    if before.error_type is None or before.finished_us is None or after.started_us is None:
        return False
    included = fitting.names(job.retry.get("include_exceptions"))
    excluded = fitting.names(job.retry.get("exclude_exceptions")) or ()
    retries = before.error_type not in excluded and (
        included is None or before.error_type in included
    )
    return retries and before.finished_us <= after.started_us

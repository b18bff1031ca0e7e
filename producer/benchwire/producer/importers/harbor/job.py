"""Reads what the job says of all its trials: settings, rewards by trial name, exceptions.

Where trials have no ``result.json`` of their own, as in many published trees, this is all that
is known of them. The job's own times are local times of an unknown place and are not used.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.errors import ImportRefused, refusal
from benchwire.producer.importers.harbor.grading import Rewards, rewards_of
from benchwire.producer.importers.harbor.layout import CONFIG, LOCK, RESULT, RUN
from benchwire.producer.importers.importer import Search
from benchwire.producer.importers.json_document import read_document

_HARNESSES: Final = ("harbor", "pier")
_SEPARATOR: Final = "__"
TASK_CHARS_MAX: Final = 32
"""Trial names keep this many characters of their task's name."""


@dataclass(slots=True)
class Listed:
    """What the job's statistics say of one trial."""

    eval_key: str
    rewards: Rewards = field(default_factory=Rewards)
    exception_type: str | None = None


@dataclass(slots=True)
class Job:
    """A job's own documents, or what is missing of them."""

    folder: Path
    config: dict[str, Any] = field(default_factory=dict[str, Any])
    lock: dict[str, Any] = field(default_factory=dict[str, Any])
    result: dict[str, Any] = field(default_factory=dict[str, Any])
    run: dict[str, Any] = field(default_factory=dict[str, Any])
    listed: dict[str, Listed] = field(default_factory=dict[str, Listed])
    """By trial name."""

    @property
    def name(self) -> str:
        """What the job is called: by copilot-experiments, by its configuration, by its place."""
        called = self.run.get("job_name") or self.config.get("job_name")
        return fitting.identifier(called) or fitting.identifier(self.folder.resolve().name) or "job"

    @property
    def id(self) -> str | None:
        """Which launch of it this is, where anything says so."""
        launched = self.run.get("run_id") or self.result.get("id")
        return fitting.identifier(launched)

    @property
    def harness(self) -> tuple[str | None, dict[str, Any]]:
        """Name and version record of what ran the job, from its lock."""
        for name in _HARNESSES:
            if fitting.is_object(said := self.lock.get(name)):
                return name, said
        return None, {}

    @property
    def began_us(self) -> int | None:
        """When the job was launched; the lock is the only document that says it in UTC."""
        return timestamps.utc_instant_us(self.lock.get("created_at"))

    @property
    def is_running(self) -> bool:
        """True if the job knows that it has not finished."""
        return bool(self.result) and self.result.get("finished_at") is None

    @property
    def n_attempts(self) -> int | None:
        """Trials planned for each task and agent."""
        return fitting.count(self.config.get("n_attempts"))

    @property
    def retry(self) -> dict[str, Any]:
        """When failed trials are tried again; older versions nest it."""
        nested = fitting.mapping(self.config.get("orchestrator")).get("retry")
        return fitting.mapping(self.config.get("retry", nested))

    @property
    def agents(self) -> list[dict[str, Any]]:
        """The agents the job compares."""
        return [fitting.mapping(agent) for agent in fitting.items(self.config.get("agents"))]

    @property
    def evals(self) -> dict[str, dict[str, Any]]:
        """The statistics, arm by arm."""
        said = fitting.mapping(fitting.mapping(self.result.get("stats")).get("evals"))
        return {key: fitting.mapping(one) for key, one in said.items()}

    @property
    def n_completed(self) -> int | None:
        """Trials the job counts as completed; older versions call them ``n_trials``."""
        stats = fitting.mapping(self.result.get("stats"))
        return fitting.count(stats.get("n_completed_trials", stats.get("n_trials")))

    def task_of(self, trial_name: str) -> str:
        """The whole name of the task of a trial, of which its own name keeps the beginning."""
        kept = trial_name.rpartition(_SEPARATOR)[0] or trial_name
        whole = {
            name
            for name in self._task_names()
            if (last := name.rpartition("/")[2]) == kept
            or (len(kept) >= TASK_CHARS_MAX - 4 and last.startswith(kept))
        }
        return whole.pop() if len(whole) == 1 else kept

    def _task_names(self) -> Iterator[str]:
        for planned in fitting.items(self.lock.get("trials")):
            task = fitting.mapping(fitting.mapping(planned).get("task"))
            yield from _task_name(task)
        for task in fitting.items(self.config.get("tasks")):
            yield from _task_name(fitting.mapping(task))
        for dataset in fitting.items(self.config.get("datasets")):
            named = fitting.items(fitting.mapping(dataset).get("task_names"))
            yield from (name for name in named if isinstance(name, str))


def read_job(folder: Path, search: Search) -> Job:
    """Read a job's documents; one that is broken is refused, and the others are used."""
    job = Job(folder)
    job.config = _read(folder / CONFIG, search)
    job.lock = _read(folder / LOCK, search)
    job.result = _read(folder / RESULT, search)
    job.run = _read(folder / RUN, search)
    for eval_key, said in job.evals.items():
        _list(job.listed, eval_key, said)
    return job


def split_eval_key(key: str, agents: list[dict[str, Any]]) -> tuple[str, str | None, str]:
    """Agent, model (if any) and dataset of ``<agent>__<model>__<dataset>``.

    Names may hold the separator themselves; those of the job's agents are recognised.
    """
    for agent in agents:
        name, model = agent.get("name"), agent.get("model_name")
        if isinstance(name, str) and isinstance(model, str):
            for spelt in (model, model.partition("/")[2], model.rpartition("/")[2]):
                if key.startswith(prefix := f"{name}{_SEPARATOR}{spelt}{_SEPARATOR}"):
                    return name, spelt, key[len(prefix) :]
    agent_name, _, rest = key.partition(_SEPARATOR)
    model_name, _, dataset = rest.rpartition(_SEPARATOR)
    return agent_name, model_name or None, dataset


def _list(listed: dict[str, Listed], eval_key: str, said: dict[str, Any]) -> None:
    """Turn statistics, which list trials by value, into what they say of each trial."""
    for dimension, by_value in fitting.mapping(said.get("reward_stats")).items():
        for value, names in fitting.mapping(by_value).items():
            for said_name in fitting.items(names):
                if name := fitting.name(
                    said_name
                ):  # values are keys, so they are texts: "1", "1.0"
                    trial = listed.setdefault(name, Listed(eval_key))
                    trial.rewards.update(rewards_of({dimension: value}) or {})
    for error_type, names in fitting.mapping(said.get("exception_stats")).items():
        for said_name in fitting.items(names):
            if name := fitting.name(said_name):
                listed.setdefault(name, Listed(eval_key)).exception_type = error_type


def _task_name(task: dict[str, Any]) -> Iterator[str]:
    name, path = task.get("name"), task.get("path")
    if isinstance(name, str) and name:
        yield name
    elif isinstance(path, str) and (last := path.replace("\\", "/").rstrip("/")):
        yield last.rpartition("/")[2]


def _read(path: Path, search: Search) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return read_document(path)
    except (ImportRefused, OSError) as error:
        search.refuse(refusal(path, error))
        return {}

"""What a trajectory says of its agent, its model and their settings, and what that is called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.swe_agent.entries import object_in
from benchwire.producer.importers.swe_agent.layout import batch_of, instance_in
from benchwire.producer.importers.swe_agent.scan import TrajectoryScan

SWE_AGENT: Final = "swe-agent"
MINI_SWE_AGENT: Final = "mini-swe-agent"
_BATCH_0: Final = re.compile(
    r"(?P<model>.+?)__(?P<dataset>.+)__(?P<config>.+?)__t-(?P<temperature>[\d.]+)__p-(?P<top_p>[\d.]+)"
    r"__c-(?P<cost_limit>[\d.]+)__install-\d"
)
"""Names of batch directories up to version 0.7, which keep no other settings."""
_BATCH_1: Final = re.compile(
    r"(?P<config>.+?)__(?P<model>.+?)__t-[\d.]+__p-[\d.]+__c-[\d.]+(?:___(?P<dataset>.+))?"
)
"""Names of batch directories since version 1."""
_OF_INSTANCE: Final = frozenset({"output_path", "port", "container_name", "instance_id"})
"""Settings that are those of one run, or a path."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the policy of a run was."""

    agent: str
    version: str | None
    model: str | None
    config_name: str | None
    """Name of the configuration file."""
    dataset: str | None
    config: dict[str, Any]
    environment: dict[str, Any] | None
    instance: str
    """The task's id."""
    repo: str | None
    base_commit: str | None
    temperature: float | None


def settings_of(scan: TrajectoryScan) -> Settings:
    """Read the settings from the file, else from the name of the batch's directory."""
    replay = object_in(scan.facts.get("replay_config"))
    named = _batch_name(scan.path)
    if replay:
        return _of_replay(scan, replay, named)
    config = fitting.mapping(scan.info.get("config"))
    if config or _is_mini(scan):
        return _of_mini(scan, config)
    settings = {
        name: _number(named[name])
        for name in ("temperature", "top_p", "cost_limit")
        if named.get(name)
    }
    return Settings(
        agent=SWE_AGENT,
        version=fitting.name(scan.info.get("swe_agent_version")),
        model=fitting.name(named.get("model")),
        config_name=fitting.name(named.get("config")),
        dataset=fitting.name(named.get("dataset")),
        config=_known(
            agent=SWE_AGENT, model=named.get("model"), config=named.get("config"), **settings
        ),
        environment=_environment(scan.info.get("swe_agent_version")),
        instance=instance_in(scan.path),
        repo=None,
        base_commit=None,
        temperature=settings.get("temperature"),
    )


def derived_labels(scan: TrajectoryScan, settings: Settings) -> Labels:
    """Labels: a batch directory is an experiment and its launch, an instance is a task."""
    batch = fitting.identifier(batch_of(scan.path.resolve()).name) or settings.agent
    policy = f"{settings.agent}/{settings.model}" if settings.model else settings.agent
    if settings.config_name:
        policy += f"[config={settings.config_name}]"
    return Labels(
        experiment_id=batch,
        job_id=batch,
        policy_id=fitting.identifier(policy) or settings.agent,
        task_id=fitting.identifier(settings.instance) or "task",
        trial_no=None,
    )


def _of_replay(
    scan: TrajectoryScan, replay: dict[str, Any], named: Mapping[str, str | None]
) -> Settings:
    """Read what SWE-agent 1 keeps to run the same once more."""
    agent = fitting.mapping(replay.get("agent"))
    arms = [agent, *(fitting.mapping(one) for one in fitting.items(agent.get("agent_configs")))]
    models = [model for arm in arms if (model := fitting.mapping(arm.get("model")))]
    model = models[0] if models else {}
    problem = fitting.mapping(replay.get("problem_statement"))
    env = fitting.mapping(replay.get("env"))
    repo = fitting.mapping(env.get("repo"))
    name = fitting.name(model.get("name"))
    version = scan.info.get("swe_agent_version")
    return Settings(
        agent=SWE_AGENT,
        version=fitting.name(version),
        model=name,
        config_name=fitting.name(named.get("config")) if _is_named_for(named, name) else None,
        dataset=fitting.name(named.get("dataset")),
        config=_known(agent=SWE_AGENT, model=name, settings=_shared(agent)),
        environment=_environment(
            version,
            deployment=_shared(fitting.mapping(env.get("deployment"))),
            post_startup_commands=fitting.items(env.get("post_startup_commands")) or None,
        ),
        instance=fitting.name(problem.get("id")) or instance_in(scan.path),
        repo=fitting.text(repo.get("github_url")) or fitting.text(repo.get("repo_name")),
        base_commit=fitting.name(repo.get("base_commit")),
        temperature=fitting.real(model.get("temperature")),
    )


def _of_mini(scan: TrajectoryScan, config: dict[str, Any]) -> Settings:
    model = fitting.mapping(config.get("model"))
    name = fitting.name(model.get("model_name")) or fitting.name(config.get("model"))
    version = scan.info.get("mini_version")
    kinds = {key: config.get(key) for key in ("agent_type", "model_type")}
    return Settings(
        agent=MINI_SWE_AGENT,
        version=fitting.name(version),
        model=name,
        config_name=None,
        dataset=None,
        config=_known(
            agent=MINI_SWE_AGENT,
            model=name,
            settings=_shared(
                {
                    "agent": _shared(fitting.mapping(config.get("agent"))),
                    "model": _shared(model),
                    **{key: value for key, value in kinds.items() if value is not None},
                }
            ),
        ),
        environment=_environment(
            version,
            environment=_shared(fitting.mapping(config.get("environment"))),
            environment_type=config.get("environment_type"),
        ),
        instance=fitting.name(scan.facts.get("instance_id")) or instance_in(scan.path),
        repo=None,
        base_commit=None,
        temperature=fitting.real(fitting.mapping(model.get("model_kwargs")).get("temperature")),
    )


def _is_mini(scan: TrajectoryScan) -> bool:
    said = str(scan.facts.get("trajectory_format") or "")
    return (
        said.startswith(MINI_SWE_AGENT)
        or "mini_version" in scan.info
        or (scan.form == "messages" and scan.path.name.endswith(".traj.json"))
    )


def _batch_name(path: Path) -> dict[str, str | None]:
    """What the name of the batch's directory tells."""
    name = batch_of(path.resolve()).name
    match = _BATCH_0.match(name) or _BATCH_1.match(name)
    return {} if match is None else match.groupdict()


def _is_named_for(named: Mapping[str, str | None], model: str | None) -> bool:
    """Tell whether a directory's name has the model at the place that the pattern says."""
    said = named.get("model")
    plain = (model or "").replace("/", "--")
    return said is not None and said in (plain, plain.replace("--", "__"), model)


def _shared(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings without those of a single run."""
    return fitting.document({k: v for k, v in settings.items() if k not in _OF_INSTANCE})


def _environment(version: object, **more: object) -> dict[str, Any] | None:
    return fitting.document(_known(agent_version=fitting.name(version), **more))


def _known(**facts: object) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None

"""Names what a log's samples are: experiment, launch, policy; and draws their documents."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.inspect.header import EvalHeader, known
from benchwire.producer.importers.labels import Labels
from benchwire.schemas.redaction import Redactor

HARNESS: Final = "inspect_ai"
_EFFORTS: Final = ("reasoning_effort", "reasoning_tokens")
"""Generation settings that make another arm of a model."""
_LIMITS: Final = (
    "message_limit",
    "token_limit",
    "token_limit_type",
    "turn_limit",
    "time_limit",
    "working_limit",
    "cost_limit",
)
_INSTANCE: Final = "instance"
_OPERATIONAL: Final = frozenset(
    {
        "seed",
        "max_connections",
        "adaptive_connections",
        "max_retries",
        "timeout",
        "attempt_timeout",
        "batch",
        "cache",
    }
)
"""Generation settings of how fast and how often, not of what was tried."""


@dataclass(frozen=True)
class Described:
    """What all samples of a log have in common: drawn from its header once."""

    header: EvalHeader

    @cached_property
    def config(self) -> dict[str, Any] | None:
        """What was tried."""
        return config_document(self.header)

    @cached_property
    def environment(self) -> dict[str, Any] | None:
        """The software that ran."""
        return environment_document(self.header)

    @cached_property
    def cfg_hash(self) -> str | None:
        """Hash of the redacted configuration."""
        return redacted_hash(self.config)

    @cached_property
    def env_hash(self) -> str | None:
        """Hash of the redacted environment."""
        return redacted_hash(self.environment)

    @cached_property
    def policy_id(self) -> str:
        """The arm under test."""
        return policy_of(self.header)

    def labels(self, sample_id: str, epoch: int, attempt: int) -> Labels:
        """The labels of one sample in one epoch."""
        return Labels(
            experiment_id=self.header.task,
            job_id=self.header.run_id,
            policy_id=self.policy_id,
            task_id=fitting.identifier(sample_id) or "sample",
            trial_no=epoch,
            attempt=attempt,
        )


def policy_of(header: EvalHeader) -> str:
    """The model, and what was set explicitly: solver, arguments, reasoning effort.

    What the task sets by itself is part of the task: no neighbouring log changes the name.
    """
    spec = header.spec
    passed = spec.get("task_args_passed", spec.get("task_args"))
    solver_args = spec.get("solver_args_passed", spec.get("solver_args"))
    efforts = header.generate_config
    settings: dict[str, Any] = {
        **known({"solver": spec.get("solver")}),
        **known(fitting.mapping(passed)),
        **known(fitting.mapping(solver_args)),
        **{name: efforts[name] for name in _EFFORTS if name in efforts},
    }
    redacted = fitting.mapping(Redactor().document(settings))
    told = ",".join(f"{key}={_told(value)}" for key, value in sorted(redacted.items()))
    model = header.model or "none"
    return fitting.identifier(f"{model}[{told}]" if told else model) or "none"


def agent_name(header: EvalHeader) -> str:
    """The solver that was asked for, else the last one of the plan."""
    steps = [fitting.mapping(step) for step in fitting.items(header.plan.get("steps"))]
    last = fitting.name(steps[-1].get("solver")) if steps else None
    return fitting.name(header.spec.get("solver")) or last or "generate"


def harness_version(header: EvalHeader) -> str | None:
    """The version of Inspect that ran."""
    return fitting.name(fitting.mapping(header.spec.get("packages")).get(HARNESS))


def config_document(header: EvalHeader) -> dict[str, Any] | None:
    """What was tried: model, solvers, arguments, generation settings, limits, sandbox."""
    spec = header.spec
    generation = {k: v for k, v in header.generate_config.items() if k not in _OPERATIONAL}
    steps = (fitting.mapping(step) for step in fitting.items(header.plan.get("steps")))
    solvers = [
        known({"solver": step.get("solver"), "params": _steady(step.get("params"))})
        for step in steps
    ]
    return fitting.document(
        known(
            {
                "model": header.model,
                "model_args": spec.get("model_args"),
                "model_roles": spec.get("model_roles"),
                "solver": spec.get("solver"),
                "solver_args": spec.get("solver_args"),
                "solvers": solvers,
                "task": header.task,
                "task_version": spec.get("task_version"),
                "task_args": spec.get("task_args"),
                "generate_config": generation,
                "limits": known({name: header.config.get(name) for name in _LIMITS}),
                "sandbox": sandbox_of(spec),
            }
        )
    )


def environment_document(header: EvalHeader) -> dict[str, Any] | None:
    """The software that ran; None if nothing is known."""
    revision = fitting.mapping(header.spec.get("revision"))
    packages = fitting.mapping(header.spec.get("packages"))
    document = known(
        {
            "harness": HARNESS if packages else None,
            "packages": packages,
            "revision": known({name: revision.get(name) for name in ("origin", "commit", "dirty")}),
            "sandbox": sandbox_of(header.spec),
        }
    )
    return fitting.document(document)


def sandbox_of(spec: Mapping[str, Any]) -> str | None:
    """The type of sandbox; older logs have it in a list, with its configuration."""
    said = spec.get("sandbox")
    if fitting.is_array(said):
        return fitting.name(said[0]) if said else None
    return fitting.name(fitting.mapping(said).get("type")) or fitting.name(said)


def _steady(params: Any) -> Any:
    """Parameters without the names of instances, which tools draw anew at every launch."""
    if fitting.is_object(params):
        return {key: _steady(one) for key, one in params.items() if key != _INSTANCE}
    return [_steady(one) for one in params] if fitting.is_array(params) else params


def _told(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)

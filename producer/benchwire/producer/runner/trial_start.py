"""Words what is known of a trial before its agent starts: the options of ``Producer.run``."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from benchwire.producer.runner.adapters.adapter import AgentFacts
from benchwire.producer.runner.environment import environment_document
from benchwire.producer.runner.experiment import ProviderSpec, VariantSpec
from benchwire.producer.runner.limits import Timeouts
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.schemas.policy import Policy, Provider
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.task import Task
from benchwire.schemas.timestamps import wire_timestamp

if TYPE_CHECKING:
    from benchwire.producer.run_options import RunOptions


def start_options(  # noqa: PLR0913 - what belongs to one attempt
    planned: PlannedTrial,
    facts: AgentFacts,
    *,
    run_id: str,
    attempt: int,
    timeouts: Timeouts,
    git_base: str | None,
    began_at: datetime,
) -> "RunOptions":
    """The identity of a run and its ``run_start``."""
    variant = planned.variant
    return {
        "experiment_id": planned.experiment_id,
        "job_id": planned.job_id,
        "policy_id": planned.policy_id,
        "task_id": planned.task_id,
        "run_id": run_id,
        "seed": planned.seed,
        "trial_no": planned.trial_no,
        "attempt": attempt,
        "policy": _policy(planned),
        "agent": facts.agent,
        "model": variant.model,
        "model_provider": None if variant.provider is None else variant.provider.type,
        "task": _task(planned),
        "config": config_document(variant, timeouts),
        "environment": environment_document(),
        "source": facts.source,
        "session_id": facts.session_id,
        "timeout_seconds": timeouts.agent_seconds,
        "git_base": git_base,
        "started_at": wire_timestamp(began_at),
    }


def config_document(variant: VariantSpec, timeouts: Timeouts) -> dict[str, Any]:
    """The settings that make a policy what it is: neither its name nor how often it is tried."""
    said = variant.model_dump(mode="json", exclude_defaults=True, exclude={"name", "trials"})
    settings = {**said, "adapter": variant.adapter, "agent_seconds": timeouts.agent_seconds}
    document: dict[str, Any] = Redactor().document(settings)
    return document


def _policy(planned: PlannedTrial) -> Policy:
    variant = planned.variant
    return Policy(
        name=variant.name,
        model=variant.model,
        reasoning_effort=variant.reasoning_effort,
        agent=variant.agent,
        mode=variant.mode,
        allow_tools=variant.allow_tools or None,
        deny_tools=variant.deny_tools or None,
        allow_all_tools=variant.allow_all_tools if variant.adapter == "copilot" else None,
        provider=None if variant.provider is None else _provider(variant.provider),
        env=Redactor().document(variant.env) or None,
        extra_args=variant.extra_args or None,
        trials=planned.trials,
    )


def _provider(provider: ProviderSpec) -> Provider:
    return Provider(
        type=provider.type,
        base_url=provider.base_url,
        wire_api=provider.wire_api,
        model_id=provider.model_id,
        wire_model=provider.wire_model,
        azure_api_version=provider.azure_api_version,
        max_prompt_tokens=provider.max_prompt_tokens,
        max_output_tokens=provider.max_output_tokens,
        has_api_key=provider.api_key is not None,
        has_bearer_token=provider.bearer_token is not None,
    )


def _task(planned: PlannedTrial) -> Task:
    task = planned.task
    prompt = task.prompt.encode(errors="replace")
    return Task(
        name=task.name,
        prompt=task.prompt,
        prompt_bytes=len(prompt),
        prompt_sha256=hashlib.sha256(prompt).hexdigest(),
        fixture=task.fixture,
        repo=task.repo,
        ref=task.ref,
        setup=task.setup or None,
        verify=task.verify,
    )

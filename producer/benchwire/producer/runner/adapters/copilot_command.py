"""The command line and environment of GitHub Copilot CLI for one trial."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.runner.experiment import ProviderSpec, VariantSpec
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.references import resolve
from benchwire.schemas.secret_patterns import NAME_HINT

OTEL_FILE_VARIABLE: Final = "COPILOT_OTEL_FILE_EXPORTER_PATH"
TRANSCRIPT_NAME: Final = "session.md"
_OTLP_VARIABLE: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_SERVICE: Final = "benchwire"
_EXPORT_MS: Final = "500"
"""Model calls are to be known soon after they were made; the exporter's default is 5 s."""
_PROVIDER_SECRETS: Final = ("COPILOT_PROVIDER_API_KEY", "COPILOT_PROVIDER_BEARER_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What one call of Copilot is about."""

    planned: PlannedTrial
    executable: Sequence[str]
    session_id: str
    workspace: Path
    private: Path
    """Takes Copilot's debug log, which is large and is not kept, and its transcript."""


def copilot_command(call: Invocation) -> list[str]:
    """The words of the command line; the prompt is one of them."""
    variant = call.planned.variant
    words = [*call.executable, "-p", call.planned.task.prompt, "--session-id", call.session_id]
    words += ["--log-dir", str(call.private / "copilot-logs"), "-C", str(call.workspace)]
    words += ["--share", str(call.private / TRANSCRIPT_NAME)]
    if variant.allow_all_tools:
        words.append("--allow-all-tools")
    for option, value in (
        ("--model", variant.model),
        ("--effort", variant.reasoning_effort),
        ("--agent", variant.agent),
        ("--mode", variant.mode),
    ):
        words += [option, value] if value is not None else []
    for tool in variant.allow_tools:
        words += ["--allow-tool", tool]
    for tool in variant.deny_tools:
        words += ["--deny-tool", tool]
    hidden = secret_names(variant)
    if hidden:
        words.append(f"--secret-env-vars={','.join(hidden)}")
    return [*words, *variant.extra_args]


def copilot_env(
    base: Mapping[str, str], planned: PlannedTrial, *, session_id: str, otel: Path
) -> dict[str, str]:
    """``base`` with the provider's variables, and with the OTel file exporter where none is set."""
    variant = planned.variant
    env = dict(base)
    if variant.provider is not None:
        env.update(provider_env(variant.provider, os.environ))
    if OTEL_FILE_VARIABLE not in env and _OTLP_VARIABLE not in env:
        env[OTEL_FILE_VARIABLE] = str(otel)
    env.setdefault("COPILOT_OTEL_SOURCE_NAME", _SERVICE)
    env.setdefault("OTEL_SERVICE_NAME", _SERVICE)
    env.setdefault("OTEL_BSP_SCHEDULE_DELAY", _EXPORT_MS)
    attributes = {
        "copilot.session_id": session_id,
        "copilot.experiment": planned.experiment_id,
        "copilot.variant": planned.policy_id,
        "copilot.task": planned.task_id,
        "copilot.trial": f"{planned.trial_no:03d}",
    }
    env["OTEL_RESOURCE_ATTRIBUTES"] = _with_attributes(
        env.get("OTEL_RESOURCE_ATTRIBUTES", ""), attributes
    )
    return env


def provider_env(provider: ProviderSpec, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell Copilot of a model endpoint of one's own; its secrets resolved."""
    values = {
        "BASE_URL": provider.base_url,
        "TYPE": provider.type,
        "API_KEY": provider.api_key,
        "BEARER_TOKEN": provider.bearer_token,
        "WIRE_API": provider.wire_api,
        "MODEL_ID": provider.model_id,
        "WIRE_MODEL": provider.wire_model,
        "AZURE_API_VERSION": provider.azure_api_version,
        "MAX_PROMPT_TOKENS": provider.max_prompt_tokens,
        "MAX_OUTPUT_TOKENS": provider.max_output_tokens,
    }
    return {
        f"COPILOT_PROVIDER_{name}": resolve(str(value), environ)
        for name, value in values.items()
        if value is not None
    }


def secret_names(variant: VariantSpec) -> list[str]:
    """Variables whose values Copilot is to hide in what it prints and writes."""
    named = [name for name in variant.env if NAME_HINT.search(name)]
    provider = list(_PROVIDER_SECRETS) if variant.provider is not None else []
    return sorted({*named, *provider})


def session_state_dir(env: Mapping[str, str]) -> Path:
    """Where Copilot keeps its sessions."""
    home = env.get("COPILOT_HOME")
    base = Path(home) if home else Path(env.get("HOME") or Path.home()) / ".copilot"
    return base / "session-state"


def _with_attributes(existing: str, attributes: Mapping[str, str]) -> str:
    """Add resource attributes; what the user set stays."""
    parts = [part.strip() for part in existing.split(",") if part.strip()]
    taken = {part.partition("=")[0].strip() for part in parts}
    added = [f"{name}={value}" for name, value in attributes.items() if name not in taken]
    return ",".join([*parts, *added])

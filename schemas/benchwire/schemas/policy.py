"""The arm under test: agent, model and the settings that tell one policy from another."""

from benchwire.schemas.limits import (
    Count,
    JsonObject,
    Milliseconds,
    Name,
    Names,
    NonNegative,
    Real,
    Seconds,
    Text,
    TokenCount,
)
from benchwire.schemas.payload import Payload


class Agent(Payload):
    """The program that works on the task."""

    name: Name
    """What the agent calls itself, e.g. ``copilot-cli``."""
    version: Name | None = None
    """Its version, verbatim."""
    adapter: Name | None = None
    """How the runner drives it: ``command``, ``copilot``, ``scripted``, or an import path."""


class Provider(Payload):
    """A custom model endpoint (bring your own key). Secrets are never part of it."""

    type: Name | None = None
    """``openai``, ``azure``, ``anthropic``, …"""
    base_url: Text | None = None
    """Endpoint address; a password inside it is redacted."""
    wire_api: Name | None = None
    """Request dialect, e.g. ``completions`` or ``responses``."""
    model_id: Name | None = None
    """The identifier the agent is told."""
    wire_model: Name | None = None
    """The identifier sent to the endpoint."""
    azure_api_version: Name | None = None
    """API version, for Azure endpoints."""
    max_prompt_tokens: TokenCount | None = None
    """Input limit per call."""
    max_output_tokens: TokenCount | None = None
    """Output limit per call."""
    has_api_key: bool | None = None
    """True if a key was configured (the key itself is never recorded)."""
    has_bearer_token: bool | None = None
    """True if a bearer token was configured."""


class Policy(Payload):
    """The policy document: one cell of the experiment's matrix, secrets removed."""

    name: Name | None = None
    """Human-readable name; ``policy_id`` is the key."""
    model: Name | None = None
    """Model asked for."""
    reasoning_effort: Name | None = None
    """``none`` … ``max``, in the agent's own words."""
    agent: Name | None = None
    """Named agent profile inside the agent program."""
    mode: Name | None = None
    """``interactive``, ``plan``, ``autopilot``, …"""
    allow_tools: Names | None = None
    """Tools explicitly allowed."""
    deny_tools: Names | None = None
    """Tools explicitly denied."""
    allow_all_tools: bool | None = None
    """True if every tool is allowed without asking."""
    provider: Provider | None = None
    """Custom endpoint, when one is used."""
    env: JsonObject | None = None
    """Environment variables set for the agent; secret-looking values are redacted."""
    extra_args: Names | None = None
    """Further command-line arguments."""
    trials: Count | None = None
    """Trials planned per task."""


class RetryPolicy(Payload):
    """When a failed tool call is tried again."""

    max_retries: Count | None = None
    """Attempts after the first."""
    backoff_ms: Milliseconds | None = None
    """Wait before the first retry."""
    exponential_backoff: bool | None = None
    """True if each wait doubles."""
    retry_on_flake: bool | None = None
    """True if flaky exits are retried."""
    retry_on_timeout: bool | None = None
    """True if timeouts are retried."""


class SandboxLimits(Payload):
    """What the agent's sandbox may use."""

    memory_mb: Count | None = None
    """Memory, in MiB."""
    cpu_cores: NonNegative | None = None
    """Processor cores; fractions allowed."""
    disk_mb: Count | None = None
    """Disk, in MiB."""
    network_enabled: bool | None = None
    """True if the sandbox reaches a network."""
    execution_timeout_ms: Milliseconds | None = None
    """Longest life of one command."""


class RunConfig(Payload):
    """The settings of an agent that optimisers tune, in typed form."""

    max_iterations: Count | None = None
    """Turns before the agent is stopped."""
    temperature: Real | None = None
    """Sampling temperature."""
    context_window: TokenCount | None = None
    """Context size in tokens."""
    pruning_threshold: Real | None = None
    """Fill level at which context is pruned."""
    planner_depth: Count | None = None
    """Levels of planning."""
    debate_rounds: Count | None = None
    """Rounds of self-debate."""
    available_tools: Names | None = None
    """Tools the agent may call."""
    tool_timeout_ms: Milliseconds | None = None
    """Longest tool call."""
    retry_policy: RetryPolicy | None = None
    """How failed tool calls are retried."""
    execution_timeout_seconds: Seconds | None = None
    """Longest run."""
    failing_tests_patience: Count | None = None
    """Failing test rounds tolerated before an early stop."""
    no_progress_timeout_seconds: Seconds | None = None
    """Longest time without progress before an early stop."""
    docker_image: Name | None = None
    """Image the sandbox starts from."""
    tools_commit: Name | None = None
    """Commit of the tool set."""
    sandbox_limits: SandboxLimits | None = None
    """Sandbox resources."""

"""The experiment file as a model: one question, its tasks, the policies tried on them, limits.

The docstring under a field is its line in docs/running.md. Values of ``env``, ``api_key`` and
``bearer_token`` may be ``${NAME}``: they stay so in the model, and become what the runner's
environment holds only where the agent's environment is made.
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from benchwire.producer.runner.limits import Budgets, Retries, Section, Timeouts
from benchwire.producer.runner.references import referenced, resolve
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.secret_patterns import NAME_HINT

Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Text that is not blank."""
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""What TOML, YAML and JSON all can write."""
Adapter = Literal["command", "copilot", "scripted"]
TRIALS_MAX: Final = 10_000
CONCURRENCY_MAX: Final = 256


class TaskSpec(Section):
    """One problem: what the agent is asked, where it starts, and how its work is judged."""

    name: Filled | None = None
    """What the task is called; `task_id` is made of it. Absent: `task-001`, by position."""
    prompt: Filled
    """What the agent is asked to do."""
    fixture: Filled | None = None
    """Directory copied as the workspace of every trial; relative to the experiment file."""
    repo: Filled | None = None
    """Git repository cloned as the workspace, a URL or a path relative to the experiment file."""
    ref: Filled | None = None
    """Branch, tag or commit of `repo` to check out; absent: its default branch."""
    setup: tuple[Filled, ...] = ()
    """Shell commands run in the workspace before the agent; the first that fails ends the run."""
    verify: Filled | None = None
    """Shell command run in the workspace after the agent; exit code 0 means resolved."""
    reward_file: Filled | None = None
    """File in the workspace with the verdict, `reward.txt` or `reward.json` as Harbor's verifiers
    write it; read after `verify`, which may write it. Reward above 0 means resolved."""

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if self.fixture is not None and self.repo is not None:
            raise ValueError("give `fixture` or `repo`, not both")
        if self.ref is not None and self.repo is None:
            raise ValueError("`ref` needs `repo`")
        return self

    @field_validator("reward_file")
    @classmethod
    def _inside_the_workspace(cls, reward_file: str | None) -> str | None:
        # What lies there is deleted before `verify` runs.
        path = PurePath(reward_file or "")
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("must lie in the workspace: a path relative to it, without `..`")
        return reward_file


class ProviderSpec(Section):
    """A model endpoint of your own (bring your own key). Its secrets are recorded nowhere."""

    base_url: Filled
    """Address of the endpoint."""
    type: Literal["openai", "azure", "anthropic"] = "openai"
    """Whose interface it speaks."""
    api_key: Filled | None = Field(default=None, repr=False)
    """Key of the endpoint; better `${NAME}`, the variable that holds it."""
    bearer_token: Filled | None = Field(default=None, repr=False)
    """Token of the endpoint; better `${NAME}`."""
    wire_api: Literal["completions", "responses"] | None = None
    """Request dialect."""
    model_id: Filled | None = None
    """Model as the agent is told."""
    wire_model: Filled | None = None
    """Model as the endpoint is told."""
    azure_api_version: Filled | None = None
    """API version of an Azure endpoint."""
    max_prompt_tokens: int | None = Field(default=None, ge=1)
    """Most input tokens of a call."""
    max_output_tokens: int | None = Field(default=None, ge=1)
    """Most output tokens of a call."""


class VariantSpec(Section):
    """One policy: an agent program, its model and its settings."""

    name: Filled
    """What the policy is called; `policy_id` is made of it."""
    adapter: Adapter = "command"
    """How the agent is driven: `command` (any program), `copilot` (GitHub Copilot CLI), or
    `scripted` (a built-in agent that calls no model)."""
    command: Filled | tuple[Filled, ...] | None = None
    """`command`: the program; a text runs in `sh -c`, a list as it is. `copilot`: the executable,
    if that is not `copilot`."""
    prompt_via: Literal["stdin", "argument"] = "stdin"
    """`command`: how the prompt reaches it: on standard input, or as last argument (`$1` where
    `command` is a text)."""
    model: Filled | None = None
    """Model asked for."""
    reasoning_effort: Literal["none", "low", "medium", "high", "xhigh", "max"] | None = None
    """How long the model thinks."""
    agent: Filled | None = None
    """`copilot`: a custom agent."""
    mode: Literal["interactive", "plan", "autopilot"] | None = None
    """`copilot`: its mode."""
    allow_tools: tuple[Filled, ...] = ()
    """`copilot`: tools allowed without asking."""
    deny_tools: tuple[Filled, ...] = ()
    """`copilot`: tools denied, whatever else is allowed."""
    allow_all_tools: bool = True
    """`copilot`: every tool is allowed without asking."""
    provider: ProviderSpec | None = None
    """`copilot`: a model endpoint of your own."""
    env: dict[EnvName, str] = Field(default_factory=dict, repr=False)
    """Environment variables of the agent, beside the runner's own; `${NAME}` takes the runner's
    value. What is secret by its name, or comes by `${NAME}`, is recorded nowhere."""
    extra_args: tuple[str, ...] = ()
    """Further arguments of the agent's command line. `scripted`: shell commands it runs."""
    trials: int | None = Field(default=None, ge=1, le=TRIALS_MAX)
    """Trials of each task, if not the experiment's `trials`."""

    @model_validator(mode="after")
    def _fits_adapter(self) -> Self:
        if self.adapter == "command" and self.command is None:
            raise ValueError("adapter `command` needs `command`, the program to run")
        if self.adapter == "scripted" and self.command is not None:
            raise ValueError("`command` does not go with adapter `scripted`")
        if self.command == ():
            raise ValueError("`command` is empty")
        if self.provider is not None and self.adapter != "copilot":
            raise ValueError("`provider` goes with adapter `copilot`; give other agents `env`")
        return self

    def agent_env(self, environ: Mapping[str, str]) -> dict[str, str]:
        """``env`` with every ``${NAME}`` replaced; raises KeyError(NAME) where it is not set."""
        return {name: resolve(value, environ) for name, value in self.env.items()}

    def secret_values(self, environ: Mapping[str, str]) -> frozenset[str]:
        """What must appear in no event, log, file or error; raises KeyError as `agent_env`."""
        given = [
            value for name, value in self.env.items() if referenced(value) or NAME_HINT.search(name)
        ]
        if self.provider is not None:
            given += filter(None, (self.provider.api_key, self.provider.bearer_token))
        found = {resolve(value, environ) for value in given}
        found.update(environ[name] for value in given for name in referenced(value))
        return frozenset(found - {""})


class Experiment(Section):
    """Everything `benchwire run` needs to know."""

    name: Filled
    """What the experiment is called; `experiment_id` is made of it."""
    description: str = ""
    """What it is to find out."""
    task: TaskSpec | None = None
    """The only task. Give this or `tasks`."""
    tasks: tuple[TaskSpec, ...] = ()
    """The tasks, each under `[[tasks]]`."""
    variants: tuple[VariantSpec, ...] = Field(min_length=1)
    """The policies, each under `[[variants]]`."""
    trials: int = Field(default=1, ge=1, le=TRIALS_MAX)
    """Trials of each task by each policy."""
    seed: Seed = 1
    """Decides the order of the trials and the seed of each; the same seed, the same plan."""
    seeds: tuple[Seed, ...] = ()
    """Seeds of trial 1, 2, …, the same for every task and policy, instead of seeds made from
    `seed`."""
    concurrency: int = Field(default=1, ge=1, le=CONCURRENCY_MAX)
    """Trials that run at the same time."""
    timeouts: Timeouts = Timeouts()
    """See `[timeouts]`."""
    budgets: Budgets = Budgets()
    """See `[budgets.job]` and `[budgets.run]`."""
    retries: Retries = Retries()
    """See `[retries]`."""

    @field_validator("tasks")
    @classmethod
    def _some_tasks(cls, tasks: tuple[TaskSpec, ...]) -> tuple[TaskSpec, ...]:
        if not tasks:
            raise ValueError("the list is empty; give at least one task")
        return tasks

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.task is not None and self.tasks:
            raise ValueError("give `task` or `tasks`, not both")
        if self.task is None and not self.tasks:
            raise ValueError("there is no task: give `task` or `tasks`")
        most = max(self.trials_of(variant) for variant in self.variants)
        if self.seeds and len(self.seeds) < most:
            raise ValueError(f"`seeds` has {len(self.seeds)} entries for {most} trials")
        return self

    @property
    def all_tasks(self) -> tuple[TaskSpec, ...]:
        """The tasks, whichever way they were given."""
        return self.tasks if self.task is None else (self.task,)

    def trials_of(self, variant: VariantSpec) -> int:
        """Trials of each task by this policy."""
        return self.trials if variant.trials is None else variant.trials

    def redacted(self) -> dict[str, Any]:
        """What may be stored: without secrets and defaults, with references as they stand."""
        document: dict[str, Any] = Redactor().document(
            self.model_dump(mode="json", exclude_defaults=True)
        )
        return document

"""ATIF v1.7 as its field list says, every other key forbidden; shares no code with the product."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Count = Annotated[int, Field(ge=0)]
AGENT_ONLY = ("model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Agent(Strict):
    name: str
    version: str
    model_name: str | None = None
    tool_definitions: list[dict[str, Any]] | None = None
    extra: dict[str, Any] | None = None


class ToolCall(Strict):
    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]
    extra: dict[str, Any] | None = None


class SubagentRef(Strict):
    trajectory_id: str | None = None
    trajectory_path: str | None = None
    session_id: str | None = None
    extra: dict[str, Any] | None = None

    @model_validator(mode="after")
    def resolvable(self) -> Self:
        assert self.trajectory_id or self.trajectory_path
        return self


class Text(Strict):
    type: Literal["text"]
    text: str


class Result(Strict):
    source_call_id: str | None = None
    content: str | list[Text] | None = None
    subagent_trajectory_ref: list[SubagentRef] | None = None
    extra: dict[str, Any] | None = None


class Observation(Strict):
    results: list[Result]


class Metrics(Strict):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    cached_tokens: Count | None = None
    cost_usd: float | None = None
    prompt_token_ids: list[int] | None = None
    completion_token_ids: list[int] | None = None
    logprobs: list[float] | None = None
    extra: dict[str, Any] | None = None

    @model_validator(mode="after")
    def cached_is_part_of_prompt(self) -> Self:
        assert (self.cached_tokens or 0) <= (self.prompt_tokens or 0)
        return self


class Step(Strict):
    step_id: Annotated[int, Field(ge=1)]
    timestamp: str | None = None
    source: Literal["system", "user", "agent"]
    message: str | list[Text]
    model_name: str | None = None
    reasoning_effort: str | float | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    observation: Observation | None = None
    metrics: Metrics | None = None
    is_copied_context: bool | None = None
    llm_call_count: Count | None = None
    extra: dict[str, Any] | None = None

    @field_validator("timestamp")
    @classmethod
    def is_an_instant(cls, value: str | None) -> str | None:
        assert value is None or datetime.fromisoformat(value).tzinfo is not None
        return value

    @model_validator(mode="after")
    def is_consistent(self) -> Self:
        if self.source != "agent":
            assert all(getattr(self, name) is None for name in AGENT_ONLY)
        if self.source == "agent" and self.llm_call_count == 0:
            assert self.metrics is None
            assert self.reasoning_content is None
        named = [call.tool_call_id for call in self.tool_calls or []]
        assert len(named) == len(set(named))
        for result in self.observation.results if self.observation else []:
            assert result.source_call_id is None or result.source_call_id in named
        return self


class FinalMetrics(Strict):
    total_prompt_tokens: Count | None = None
    total_completion_tokens: Count | None = None
    total_cached_tokens: Count | None = None
    total_cost_usd: float | None = None
    total_steps: Count | None = None
    extra: dict[str, Any] | None = None


class Trajectory(Strict):
    schema_version: Literal["ATIF-v1.7"]
    session_id: str | None = None
    trajectory_id: str | None = None
    agent: Agent
    steps: Annotated[list[Step], Field(min_length=1)]
    notes: str | None = None
    final_metrics: FinalMetrics | None = None
    continued_trajectory_ref: str | None = None
    extra: dict[str, Any] | None = None
    subagent_trajectories: list["Trajectory"] | None = None

    @model_validator(mode="after")
    def steps_are_numbered(self) -> Self:
        assert [step.step_id for step in self.steps] == list(range(1, len(self.steps) + 1))
        embedded = [one.trajectory_id for one in self.subagent_trajectories or []]
        assert None not in embedded
        assert len(embedded) == len(set(embedded))
        references = [
            ref.trajectory_id
            for step in self.steps
            for result in (step.observation.results if step.observation else [])
            for ref in result.subagent_trajectory_ref or []
        ]
        assert set(references) <= set(embedded)
        total = self.final_metrics.total_steps if self.final_metrics else None
        assert total is None or total == len(self.steps) or self.notes
        return self

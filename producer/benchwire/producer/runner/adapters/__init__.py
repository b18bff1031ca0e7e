"""Agent adapters: how the runner drives one agent program or another."""

from benchwire.producer.runner.adapters.adapter import (
    AgentAdapter,
    AgentFacts,
    AgentProblem,
    AgentResult,
    AgentTask,
)
from benchwire.producer.runner.adapters.choice import adapter_for

__all__ = [
    "AgentAdapter",
    "AgentFacts",
    "AgentProblem",
    "AgentResult",
    "AgentTask",
    "adapter_for",
]

"""Finds the adapter of a variant."""

from benchwire.producer.runner.adapters.adapter import AgentAdapter
from benchwire.producer.runner.adapters.command import CommandAdapter
from benchwire.producer.runner.adapters.copilot import CopilotAdapter
from benchwire.producer.runner.adapters.scripted import ScriptedAdapter
from benchwire.producer.runner.plan import PlannedTrial


def adapter_for(planned: PlannedTrial) -> AgentAdapter:
    """A new adapter for one trial."""
    match planned.variant.adapter:
        case "command":
            return CommandAdapter(planned)
        case "copilot":
            return CopilotAdapter(planned)
        case "scripted":
            return ScriptedAdapter(planned)

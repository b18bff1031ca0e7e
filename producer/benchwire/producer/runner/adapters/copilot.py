"""The adapter ``copilot``: GitHub Copilot CLI, whose session log is translated while it works."""

from benchwire.producer.runner.adapters.adapter import AgentFacts, AgentResult, AgentTask
from benchwire.producer.runner.plan import PlannedTrial


class CopilotAdapter:
    """Runs one session."""

    def __init__(self, planned: PlannedTrial) -> None:
        self._planned = planned

    def facts(self) -> AgentFacts:
        """The session's id is chosen here."""
        raise NotImplementedError

    def run(self, task: AgentTask) -> AgentResult:
        """Run it."""
        raise NotImplementedError

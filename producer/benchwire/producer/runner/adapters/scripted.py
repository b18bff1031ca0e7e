"""The adapter ``scripted``."""

from benchwire.producer.runner.adapters.adapter import AgentFacts, AgentResult, AgentTask
from benchwire.producer.runner.plan import PlannedTrial


class ScriptedAdapter:
    """Runs one session."""

    def __init__(self, planned: PlannedTrial) -> None:
        self._planned = planned

    def facts(self) -> AgentFacts:
        """The session's id is chosen here."""
        raise NotImplementedError

    def run(self, task: AgentTask) -> AgentResult:
        """Run it."""
        raise NotImplementedError

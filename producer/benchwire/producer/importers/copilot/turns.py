"""Follows which turn of which agent a record belongs to; both passes over a log use it alike.

Copilot numbers turns from "0" again for every interaction and every sub-agent. Here turns are
counted through the whole session, in the order in which they start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ROOT_AGENT = ""
"""Key of the main agent, whose records carry no agent id."""


def agent_key(record: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The agent a record belongs to; older logs name the tool call that started it instead."""
    key = record.get("agentId") or data.get("parentToolCallId")
    return key if isinstance(key, str) else ROOT_AGENT


@dataclass(slots=True)
class Turn:
    """A turn under way."""

    ordinal: int
    agent: str
    turn_id: str | None
    interaction_id: str | None
    started_us: int | None
    n_messages: int = 0

    @property
    def step_id(self) -> str:
        """Step id of the turn's first (normally only) message."""
        return f"turn-{self.ordinal}"


class TurnTracker:
    """Knows the open turn of every agent."""

    def __init__(self) -> None:
        self.n_turns = 0
        self._open: dict[str, Turn] = {}

    def start(self, agent: str, data: Mapping[str, Any], at_us: int | None) -> Turn | None:
        """Begin a turn; returns the agent's previous one if that never ended."""
        left_open = self._open.pop(agent, None)
        self._open[agent] = Turn(
            ordinal=self.n_turns,
            agent=agent,
            turn_id=_text(data.get("turnId")),
            interaction_id=_text(data.get("interactionId")),
            started_us=at_us,
        )
        self.n_turns += 1
        return left_open

    def current(self, agent: str) -> Turn | None:
        """The agent's open turn."""
        return self._open.get(agent)

    def end(self, agent: str) -> Turn | None:
        """End the agent's open turn and return it."""
        return self._open.pop(agent, None)

    def end_all(self) -> list[Turn]:
        """End every open turn, e.g. because the process stopped."""
        left_open = sorted(self._open.values(), key=lambda turn: turn.ordinal)
        self._open.clear()
        return left_open


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None

"""Keeps what agent and tools have said to each other, and counts the tokens of every turn."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .tokens import PromptCache, Spent, tokenize

REMOVED: Final = "[output removed]"


@dataclass(slots=True)
class Message:
    """One part of the conversation."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning the conversation did."""

    tokens_before: int
    tokens_after: int
    messages: int


class Conversation:
    """The context window of an agent: everything said so far is the next prompt."""

    def __init__(self, system: str, prompt: str) -> None:
        self.messages = [Message("system", system), Message("user", prompt)]
        self._cache = PromptCache()

    def turn(self, thought: str, calls: Sequence[tuple[str, dict[str, Any]]]) -> Spent:
        """Let the agent speak: the prompt is everything so far, the answer is added to it."""
        spent = self._cache.read(self._prompt())
        asked = [json.dumps({"tool": name, **arguments}) for name, arguments in calls]
        answer = "\n".join([thought, *asked])
        spent.output_tokens = len(tokenize(answer))
        self.messages.append(Message("agent", answer))
        return spent

    def hear(self, text: str) -> None:
        """Add what a tool answered."""
        self.messages.append(Message("tool", text))

    @property
    def size_tokens(self) -> int:
        """Length of the next prompt."""
        return len(self._prompt())

    def prune(self, *, keep_last: int) -> Pruned:
        """Remove the texts of old tool answers; the cached prefix ends at the first of them."""
        before = self.size_tokens
        old = [message for message in self.messages if message.role == "tool"][:-keep_last]
        removed = [message for message in old if message.text != REMOVED]
        for message in removed:
            message.text = REMOVED
        return Pruned(before, self.size_tokens, len(removed))

    def _prompt(self) -> list[str]:
        return [token for message in self.messages for token in tokenize(message.text)]

"""Keeps what agent and tools have said to each other, and counts the tokens of every turn."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .tokens import PromptCache, Spent, tokenize

REMOVED: Final = "[output removed]"
N_OPENING: Final = 2
"""The system prompt and the task, which always stay."""
SUMMARY_WORDS: Final = 8
"""Of each message that a summary replaces."""


@dataclass(slots=True)
class Message:
    """One part of the conversation."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Shortened:
    """What pruning or compacting the conversation did."""

    tokens_before: int
    tokens_after: int
    messages: int
    """How many were emptied or replaced."""
    spent: Spent
    """What deciding it cost; pruning costs nothing."""
    said_elsewhere: float | None = None
    """Share of the removed tokens that what is left of the conversation has too, 0 to 1."""


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

    def prune(self, *, keep_last: int) -> Shortened:
        """Remove the texts of old tool answers; the cached prefix ends at the first of them."""
        before = self.size_tokens
        old = [message for message in self.messages if message.role == "tool"][:-keep_last]
        removed = [message for message in old if message.text != REMOVED]
        gone = [token for message in removed for token in tokenize(message.text)]
        for message in removed:
            message.text = REMOVED
        left = set(self._prompt())
        said_elsewhere = sum(token in left for token in gone) / len(gone) if gone else None
        return Shortened(before, self.size_tokens, len(removed), Spent(), said_elsewhere)

    def compact(self, *, keep_last: int) -> Shortened:
        """Replace all but the last messages by how each began; to write that, all is read once."""
        before = self.size_tokens
        old = self.messages[N_OPENING:-keep_last]
        begun = [" ".join(message.text.split()[:SUMMARY_WORDS]) for message in old]
        summary = Message("summary", "\n".join(["So far:", *begun]))
        spent = self._cache.read(self._prompt())
        spent.output_tokens = len(tokenize(summary.text))
        self.messages[N_OPENING:-keep_last] = [summary]
        return Shortened(before, self.size_tokens, len(old), spent)

    def _prompt(self) -> list[str]:
        return [token for message in self.messages for token in tokenize(message.text)]

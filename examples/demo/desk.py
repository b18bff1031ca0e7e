"""Where an agent works: its turns are counted, its tools are used, and both become events."""

import time
from typing import Any, Final

from benchwire.producer import Emitter
from benchwire.schemas.context import ContextDecision
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.run import ContextComposition
from benchwire.schemas.step import Step
from benchwire.schemas.tool_call import EvidenceFootprint, ExitKind, ToolCall

from . import failures
from .conversation import Conversation, Shortened
from .tokens import Spent
from .tools import Call, Result, use
from .workspace import Workspace

CONTEXT_LIMIT_TOKENS: Final = 8_000
KEEP_LAST_OUTPUTS: Final = 2
KEEP_LAST_MESSAGES: Final = 4


class OutOfTurns(Exception):  # noqa: N818 - a fact about the agent
    """The agent has used all its turns."""


class Desk:
    """Gives a scripted agent what an agent framework gives a model: turns and tools."""

    def __init__(  # noqa: PLR0913 - what a framework is told before it starts
        self,
        emitter: Emitter,
        workspace: Workspace,
        conversation: Conversation,
        *,
        model: str,
        turns_max: int,
        prune_above_tokens: int | None,
        compact_above_tokens: int | None,
    ) -> None:
        self.workspace = workspace
        self.spent = Spent()
        self.turns = 0
        self.tool_errors = 0
        self.peak_context_tokens = 0
        self._emitter = emitter
        self._conversation = conversation
        self._model = model
        self._turns_max = turns_max
        self._prune_above_tokens = prune_above_tokens
        self._compact_above_tokens = compact_above_tokens

    def turn(self, thought: str, *calls: Call) -> list[Result]:
        """Say something and use tools; returns what they answered, in order."""
        if self.turns == self._turns_max:
            raise OutOfTurns
        self._prune()
        self._compact()
        turn, self.turns = self.turns, self.turns + 1
        spent = self._conversation.turn(thought, [(call.tool, call.arguments) for call in calls])
        self.spent.add(spent)
        context_tokens = self._conversation.size_tokens
        self.peak_context_tokens = max(self.peak_context_tokens, context_tokens)
        step = Step(
            kind="act" if calls else "conclude",
            turn=turn,
            model=self._model,
            usage=spent.usage(),
            llm_calls=0,
            context_tokens=context_tokens,
            context_limit_tokens=CONTEXT_LIMIT_TOKENS,
            finish_reason="tool_calls" if calls else "stop",
            content=thought,
            done=None if calls else True,
        )
        self._emitter.emit("step", step, step_id=f"turn-{turn}")
        return [self._use(call, turn, number) for number, call in enumerate(calls)]

    def finish(self, answer: str, *, unsolved: str | None = None) -> None:
        """Say the last word; `unsolved` is what the agent knows to be wrong still."""
        self.turn(answer)
        if unsolved:
            self._emitter.emit("failure", failures.of_giving_up(unsolved, turn=self.turns - 1))

    def context(self) -> ContextComposition:
        """How the context window was filled."""
        return ContextComposition(
            context_tokens=self._conversation.size_tokens,
            peak_context_tokens=self.peak_context_tokens,
            context_limit_tokens=CONTEXT_LIMIT_TOKENS,
        )

    def _use(self, call: Call, turn: int, number: int) -> Result:
        tool_call_id = f"turn-{turn}-call-{number}"
        began = time.perf_counter()
        result = use(call, self.workspace)
        latency_ms = (time.perf_counter() - began) * 1000
        self.tool_errors += result.failed
        self._conversation.hear(result.text)
        event = ToolCall(
            name=call.tool,
            tool_call_id=tool_call_id,
            turn=turn,
            model=self._model,
            arguments=call.arguments or None,
            args_hash=document_hash(call.arguments),
            latency_ms=latency_ms,
            exit_kind=_exit_kind(result),
            exit_code=result.exit_code,
            failed=result.failed,
            nonzero_exit=_nonzero_exit(result),
            error=result.text if result.failed else None,
            result=result.text,
            result_bytes=len(result.text.encode()),
            evidence=_evidence(result),
        )
        self._emitter.emit("tool_call", event, step_id=f"turn-{turn}")
        failure = failures.of_call(call, result, tool_call_id=tool_call_id, turn=turn)
        if failure is not None:
            self._emitter.emit("failure", failure, step_id=f"turn-{turn}")
        return result

    def _prune(self) -> None:
        """Drop old tool answers when the context has grown too long for this policy."""
        limit = self._prune_above_tokens
        if limit is None or self._conversation.size_tokens <= limit:
            return
        began = time.perf_counter()
        pruned = self._conversation.prune(keep_last=KEEP_LAST_OUTPUTS)
        if pruned.messages == 0:
            return
        decision = ContextDecision(
            kind="pruning",
            segment_kind="tool_output",
            kept=False,
            algorithm="drop-old-tool-output",
            # The more of it is still said elsewhere, the surer that nobody misses it.
            confidence=pruned.said_elsewhere,
            token_limit=limit,
            **self._told(pruned, began),
        )
        self._emitter.emit("context_decision", decision)

    def _compact(self) -> None:
        """Let a summary stand for what is long past, when this policy has its context so."""
        limit = self._compact_above_tokens
        if limit is None or self._conversation.size_tokens <= limit:
            return
        began = time.perf_counter()
        compacted = self._conversation.compact(keep_last=KEEP_LAST_MESSAGES)
        self.spent.add(compacted.spent)
        decision = ContextDecision(
            kind="compaction",
            success=True,
            algorithm="first-words-of-each-message",
            token_limit=limit,
            model=self._model,
            usage=compacted.spent.usage(),
            **self._told(compacted, began),
        )
        self._emitter.emit("context_decision", decision)

    def _told(self, done: Shortened, began: float) -> dict[str, Any]:
        """What is said of every change of the context."""
        return {
            "tokens_before": done.tokens_before,
            "tokens_after": done.tokens_after,
            "tokens_removed": done.tokens_before - done.tokens_after,
            "messages_removed": done.messages,
            "duration_ms": (time.perf_counter() - began) * 1000,
            "turn": self.turns,
        }


def _exit_kind(result: Result) -> ExitKind:
    if result.timed_out:
        return "timeout"
    return "user_error" if result.failed else "ok"


def _nonzero_exit(result: Result) -> bool | None:
    return None if result.exit_code is None else result.exit_code != 0


def _evidence(result: Result) -> EvidenceFootprint | None:
    if not result.files_read and not result.files_modified:
        return None
    return EvidenceFootprint(
        files_read=result.files_read or None,
        files_modified=result.files_modified or None,
        lines_changed=result.lines_changed or None,
    )

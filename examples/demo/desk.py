"""Where an agent works: its turns are counted, its tools are used, and both become events."""

import time
from typing import Final

from benchwire.producer import Emitter
from benchwire.schemas.context import ContextDecision
from benchwire.schemas.run import ContextComposition
from benchwire.schemas.step import Step
from benchwire.schemas.tool_call import EvidenceFootprint, ExitKind, ToolCall

from .conversation import Conversation
from .tokens import Spent
from .tools import Call, Result, use
from .workspace import Workspace

CONTEXT_LIMIT_TOKENS: Final = 8_000
KEEP_LAST_OUTPUTS: Final = 2


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

    def turn(self, thought: str, *calls: Call) -> list[Result]:
        """Say something and use tools; returns what they answered, in order."""
        if self.turns == self._turns_max:
            raise OutOfTurns
        self._prune()
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
        return [self._use(call, turn) for call in calls]

    def finish(self, answer: str) -> None:
        """Say the last word."""
        self.turn(answer)

    def context(self) -> ContextComposition:
        """How the context window was filled."""
        return ContextComposition(
            context_tokens=self._conversation.size_tokens,
            peak_context_tokens=self.peak_context_tokens,
            context_limit_tokens=CONTEXT_LIMIT_TOKENS,
        )

    def _use(self, call: Call, turn: int) -> Result:
        began = time.perf_counter()
        result = use(call, self.workspace)
        latency_ms = (time.perf_counter() - began) * 1000
        self.tool_errors += result.failed
        self._conversation.hear(result.text)
        event = ToolCall(
            name=call.tool,
            turn=turn,
            model=self._model,
            arguments=call.arguments or None,
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
            tokens_before=pruned.tokens_before,
            tokens_after=pruned.tokens_after,
            tokens_removed=pruned.tokens_before - pruned.tokens_after,
            messages_removed=pruned.messages,
            token_limit=limit,
            algorithm="drop-old-tool-output",
            duration_ms=(time.perf_counter() - began) * 1000,
            turn=self.turns,
        )
        self._emitter.emit("context_decision", decision)


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

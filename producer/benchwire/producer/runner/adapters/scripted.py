"""The adapter ``scripted``: an agent without a model, for trying out an experiment and a pipeline.

It looks around in the workspace, reads what the trial's seed chooses, runs the variant's
``extra_args`` as shell commands, one after the other, and leaves a note. Its tools are real, and so
are the tokens of the conversation it would have had with a model: a token is a word or a
punctuation mark.
"""

import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.runner.adapters.adapter import AgentFacts, AgentResult, AgentTask
from benchwire.producer.runner.adapters.scripted_log import ScriptedLog, scripted_log
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.process import EndedBy, Program, run_program, shell
from benchwire.schemas.event import EventType
from benchwire.schemas.payload import Payload
from benchwire.schemas.policy import Agent
from benchwire.schemas.step import Step
from benchwire.schemas.tool_call import EvidenceFootprint, ToolCall
from benchwire.schemas.usage import ModelUsage, Usage

MODEL: Final = "scripted-no-llm"
VERSION: Final = "1"
NOTE_NAME: Final = "SCRIPTED.md"
FILES_READ_MAX: Final = 3
FILES_LISTED_MAX: Final = 200
READ_CHARS_MAX: Final = 4_000
NANO_AIU_PER_TOKEN: Final = {
    "input_tokens": 500_000,
    "cache_read_tokens": 50_000,
    "output_tokens": 2_500_000,
}
"""A price list, so that budgets and economics have something to count."""
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What a tool did."""

    result: str
    exit_code: int | None = None
    read: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()


class ScriptedAdapter:
    """Works through one script; the same seed, the same work."""

    def __init__(self, planned: PlannedTrial) -> None:
        self._planned = planned
        self._model = planned.variant.model or MODEL
        self._context_tokens = _count(planned.task.prompt)
        self._cached_tokens = 0
        self._spent = dict.fromkeys(NANO_AIU_PER_TOKEN, 0)
        self._turns = 0
        self._tool_errors = 0
        self._log: ScriptedLog | None = None

    def facts(self) -> AgentFacts:
        """It is always there."""
        return AgentFacts(agent=Agent(name="scripted", version=VERSION, adapter="scripted"))

    def run(self, task: AgentTask) -> AgentResult:
        """Work until the script is done, the time is up, or the trial is cancelled."""
        deadline = time.monotonic() + task.timeout_seconds
        ended_by: EndedBy = "itself"
        redactor = task.recorder.redactor
        run_id = task.recorder.run.identity.run_id
        with (
            OutputFile(task.folder / "output.txt", redactor) as output,
            scripted_log(task.folder, redactor, model=self._model, run_id=run_id) as log,
        ):
            self._log = log
            for words in self._script(task, output, deadline):
                output.write(f"{words}\n".encode(errors="replace"))
                if task.cancel.asked:
                    ended_by = "cancel"
                elif time.monotonic() >= deadline:
                    ended_by = "timeout"
                if ended_by != "itself":
                    break
        usage = _usage(self._spent)
        return AgentResult(
            exit_code=0 if ended_by == "itself" else None,
            ended_by=ended_by,
            totals={
                "usage": usage,
                "models": (ModelUsage(model=self._model, requests=self._turns, usage=usage),),
                "turns": self._turns,
                "messages": self._turns,
                "user_messages": 1,
                "tool_errors": self._tool_errors,
            },
        )

    def _script(self, task: AgentTask, output: OutputFile, deadline: float) -> Iterator[str]:
        """Do one turn after the other; yields what the agent says in each."""
        choice = random.Random(self._planned.seed)  # noqa: S311 - the seed is the point
        names = sorted(_files(task.workspace))
        listing = _Done(result="\n".join(names[:FILES_LISTED_MAX]))
        yield self._turn(task, "I look around.", "list_files", {}, listing)
        for name in choice.sample(names, k=min(FILES_READ_MAX, len(names))):
            text = _read(task.workspace / name)
            done = _Done(result=text, read=(name,))
            yield self._turn(task, f"I read {name}.", "read_file", {"path": name}, done)
        for command in self._planned.variant.extra_args:
            thought = f"I run: {command}"
            began = time.monotonic()
            done = self._command(task, command, output, deadline)
            latency_ms = (time.monotonic() - began) * 1000
            yield self._turn(task, thought, "bash", {"command": command}, done, latency_ms)
        note = f"Seed {self._planned.seed}, trial {self._planned.trial_no}.\n"
        (task.workspace / NOTE_NAME).write_text(note, encoding="utf-8")
        written = _Done(result=f"{NOTE_NAME} written", modified=(NOTE_NAME,))
        yield self._turn(task, "I leave a note.", "write_file", {"path": NOTE_NAME}, written)
        yield self._turn(task, "Done.")

    def _turn(  # noqa: PLR0913, PLR0917 - a turn and its tool call
        self,
        task: AgentTask,
        thought: str,
        tool: str | None = None,
        arguments: dict[str, str] | None = None,
        done: _Done | None = None,
        latency_ms: float = 0.0,
    ) -> str:
        turn, self._turns = self._turns, self._turns + 1
        usage = self._spend(_count(thought))
        step = Step(
            kind="conclude" if tool is None else "act",
            turn=turn,
            model=self._model,
            usage=usage,
            llm_calls=0,
            context_tokens=self._context_tokens,
            content=thought,
            done=True if tool is None else None,
        )
        self._emit(task, "step", step, turn)
        if self._log is not None:
            self._log.model_call(turn, usage)
        if tool is not None and done is not None:
            self._context_tokens += _count(done.result)
            call = _tool_call(tool, arguments or {}, done, turn, latency_ms)
            self._tool_errors += call.failed is True
            self._emit(task, "tool_call", call, turn)
        return thought

    def _emit(self, task: AgentTask, event_type: EventType, payload: Payload, turn: int) -> None:
        step_id = f"turn-{turn}"
        task.recorder.emit("agent", event_type, payload, step_id=step_id)
        if self._log is not None:
            self._log.event(event_type, payload, step_id)

    def _spend(self, output_tokens: int) -> Usage:
        """The whole conversation is the prompt; what was in the last one comes from the cache."""
        counts = {
            "input_tokens": self._context_tokens - self._cached_tokens,
            "cache_read_tokens": self._cached_tokens,
            "output_tokens": output_tokens,
        }
        self._cached_tokens = self._context_tokens
        self._context_tokens += output_tokens
        for name, count in counts.items():
            self._spent[name] += count
        return _usage(counts)

    @staticmethod
    def _command(task: AgentTask, command: str, output: OutputFile, deadline: float) -> _Done:
        program = Program(
            command=shell(command),
            cwd=task.workspace,
            env=task.env,
            timeout_seconds=max(deadline - time.monotonic(), 0.001),
        )
        before = output.path.stat().st_size
        end = run_program(program, output, task.cancel)
        with output.path.open("rb") as file:
            file.seek(before)
            said = file.read(READ_CHARS_MAX).decode(errors="replace")
        return _Done(result=said, exit_code=end.exit_code)


def _tool_call(
    name: str, arguments: dict[str, str], done: _Done, turn: int, latency_ms: float
) -> ToolCall:
    touched = bool(done.read or done.modified)
    return ToolCall(
        name=name,
        turn=turn,
        arguments=arguments or None,
        latency_ms=latency_ms,
        exit_kind="ok",
        exit_code=done.exit_code,
        failed=False,
        nonzero_exit=None if done.exit_code is None else done.exit_code != 0,
        result=done.result,
        result_bytes=len(done.result.encode(errors="replace")),
        evidence=EvidenceFootprint(
            files_read=done.read or None, files_modified=done.modified or None
        )
        if touched
        else None,
    )


def _usage(counts: dict[str, int]) -> Usage:
    cost = sum(counts[name] * price for name, price in NANO_AIU_PER_TOKEN.items())
    return Usage(**counts, nano_aiu=cost, cost_source="derived")


def _files(workspace: Path) -> Iterator[str]:
    for path in workspace.rglob("*"):
        if path.is_file() and ".git" not in path.relative_to(workspace).parts:
            yield str(path.relative_to(workspace))


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(READ_CHARS_MAX)
    except OSError as error:
        return f"{error.strerror}"


def _count(text: str) -> int:
    return len(_TOKEN.findall(text))

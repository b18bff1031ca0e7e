"""The adapter ``command``: any program that takes a prompt and works in a directory.

It may append events to the file named in ``BENCHWIRE_EVENTS``, and what it used in a ``run_stop``
there; or it says nothing, and the run still has its times, its diff and its verdict.
"""

from pathlib import Path
from typing import Final

from benchwire.producer.runner.adapters.adapter import (
    AgentFacts,
    AgentProblem,
    AgentResult,
    AgentTask,
)
from benchwire.producer.runner.agent_lines import AgentLines
from benchwire.producer.runner.artifacts import keep_json_lines
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.process import Program, ProgramEnd, run_program
from benchwire.producer.runner.roots import root_of_output
from benchwire.schemas.policy import Agent

EVENTS_VARIABLE: Final = "BENCHWIRE_EVENTS"
EVENTS_NAME: Final = "events.ndjson"
REFUSED_NAME: Final = "events-refused.txt"
OUTPUT_NAME: Final = "output.txt"


class CommandAdapter:
    """Runs the variant's command once."""

    def __init__(self, planned: PlannedTrial) -> None:
        self._variant = planned.variant
        self._prompt = planned.task.prompt

    def facts(self) -> AgentFacts:
        """The program's name; nobody knows its version."""
        command = self._variant.command
        name = self._variant.name if isinstance(command, str | None) else Path(command[0]).name
        return AgentFacts(agent=Agent(name=name, adapter="command"))

    def run(self, task: AgentTask) -> AgentResult:
        """Run it, and follow the events it appends."""
        events = task.private / EVENTS_NAME
        events.touch()
        lines = AgentLines(events, task.recorder, task.folder / REFUSED_NAME)
        by_argument = self._variant.prompt_via == "argument"
        program = Program(
            command=self._command(),
            cwd=task.workspace,
            env={**task.env, EVENTS_VARIABLE: str(events)},
            stdin="" if by_argument else self._prompt,
            timeout_seconds=task.timeout_seconds,
        )
        try:
            with OutputFile(task.folder / OUTPUT_NAME, task.recorder.redactor) as output:
                end = run_program(program, output, task.cancel, lines.follow)
            lines.follow(to_end=True)
        finally:
            lines.close()
            keep_json_lines(events, task.folder / EVENTS_NAME, task.recorder.redactor)
        totals = dict(lines.totals)
        if lines.n_refused:
            totals["warnings"] = totals.get("warnings", 0) + lines.n_refused
        return AgentResult(
            exit_code=end.exit_code,
            ended_by=end.ended_by,
            problem=problem_of(end, output),
            totals=totals,
        )

    def _command(self) -> tuple[str, ...]:
        command, variant = self._variant.command, self._variant
        assert command is not None
        last = (self._prompt,) if variant.prompt_via == "argument" else ()
        if isinstance(command, str):
            # The prompt is $1 there; further arguments follow it.
            return ("/bin/sh", "-c", command, "sh", *last, *variant.extra_args)
        return (*command, *variant.extra_args, *last)


def problem_of(end: ProgramEnd, output: OutputFile) -> AgentProblem | None:
    """What an agent's exit code says."""
    if end.exit_code == 0 or end.ended_by != "itself":
        return None
    last_words = output.last_words()
    said = f": {last_words}" if last_words else ", and printed nothing"
    # None: it could not be killed, or has killed the guard that keeps watch over it.
    how = "in an unknown way" if end.exit_code is None else f"with exit code {end.exit_code}"
    return AgentProblem(
        error_type="nonzero_exit",
        message=f"the agent ended {how}{said}",
        root=root_of_output(last_words, component="agent", exit_code=end.exit_code),
    )

"""Makes the place an agent works in: workspace, setup commands, the state to compare with."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchwire.producer.runner.git import environment as git_environment
from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.problem import SetupFailed, TrialCancelled
from benchwire.producer.runner.process import Program, ProgramEnd, run_program, shell
from benchwire.producer.runner.roots import root_of_output
from benchwire.producer.runner.workspace import Workspace, WorkspaceFailed
from benchwire.schemas.failure import HarnessRoot
from benchwire.schemas.redaction import Redactor


class Setup:
    """One trial's setup; everything it runs writes into one output file and one time limit."""

    def __init__(
        self,
        workspace: Workspace,
        output: Path,
        *,
        timeout_seconds: float,
        cancel: Cancellation,
        redactor: Redactor,
    ) -> None:
        self._workspace = workspace
        self._output_path = output
        self._seconds = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds
        self._cancel = cancel
        self._redactor = redactor
        self._output: OutputFile | None = None

    def provision(self, planned: PlannedTrial) -> None:
        """Make the workspace.

        Raises:
            WorkspaceFailed, GitFailed, GitMissing, OSError: It cannot be made.
            SetupFailed: It took too long.
            TrialCancelled: The trial was asked to stop.
        """
        self._check()
        self._workspace.provision(planned, self._clone)

    def run(self, commands: Sequence[str], env: Mapping[str, str]) -> None:
        """Run the setup commands, and take the state that the agent's work is compared with.

        Raises:
            SetupFailed: A command failed, or all took too long.
            TrialCancelled: The trial was asked to stop.
        """
        for command in commands:
            self._say(f"$ {command}\n")
            end = self._run(shell(command), self._workspace.root, env)
            if end.exit_code != 0:
                raise SetupFailed(
                    f"setup command failed with exit code {end.exit_code}: {command}",
                    error_type="SetupCommandError",
                    root=root_of_output(
                        self._last_words(),
                        component="sandbox",
                        exit_code=end.exit_code,
                        command=command,
                    ),
                )
        self._check()
        self._workspace.remember()

    def close(self) -> None:
        """Finish the output file."""
        if self._output is not None:
            self._output.close()

    def _clone(self, words: Sequence[str], cwd: Path) -> None:
        end = self._run(words, cwd, git_environment())
        if end.exit_code != 0:
            raise WorkspaceFailed(
                f"git clone failed with exit code {end.exit_code}: {self._last_words()}",
                hint="`repo` is a URL that git can clone, or a path beside the experiment file",
            )

    def _run(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> ProgramEnd:
        self._check()
        program = Program(
            command=command,
            cwd=cwd,
            env=env,
            timeout_seconds=max(self._deadline - time.monotonic(), 0.001),
        )
        end = run_program(program, self._out(), self._cancel)
        if end.ended_by == "cancel":
            raise TrialCancelled
        if end.ended_by == "timeout":
            raise self._too_long()
        return end

    def _check(self) -> None:
        if self._cancel.asked:
            raise TrialCancelled
        if time.monotonic() >= self._deadline:
            raise self._too_long()

    def _too_long(self) -> SetupFailed:
        return SetupFailed(
            f"setup was not done after {self._seconds:g} s",
            error_type="SetupTimeoutError",
            root=HarnessRoot(kind="harness", component="sandbox", error_type="SetupTimeoutError"),
        )

    def _say(self, text: str) -> None:
        self._out().write(text.encode(errors="replace"))

    def _out(self) -> OutputFile:
        if self._output is None:
            self._output = OutputFile(self._output_path, self._redactor)
        return self._output

    def _last_words(self) -> str:
        return self._out().last_words()

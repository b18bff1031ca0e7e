"""The adapter ``copilot``: GitHub Copilot CLI, whose session log is translated while it works.

The run names the session as its source, so that importing the session later does not count it a
second time. Its totals are those of the import: the finished files are translated once more at the
end, by the importer's own code.
"""

import subprocess
import time
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from benchwire.producer.exceptions import failure_of
from benchwire.producer.importers.copilot import SYSTEM
from benchwire.producer.importers.copilot.files import (
    EVENTS_NAME,
    OTEL_NAME,
    SessionFiles,
    session_files,
)
from benchwire.producer.importers.copilot.live import FinalAccount, LiveSession, final_account
from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.log import log_warning
from benchwire.producer.runner.adapters.adapter import (
    AgentFacts,
    AgentProblem,
    AgentResult,
    AgentTask,
)
from benchwire.producer.runner.adapters.command import OUTPUT_NAME, problem_of
from benchwire.producer.runner.adapters.copilot_command import (
    OTEL_FILE_VARIABLE,
    TRANSCRIPT_NAME,
    Invocation,
    copilot_command,
    copilot_env,
    session_state_dir,
)
from benchwire.producer.runner.agent_lines import TOTALS
from benchwire.producer.runner.artifacts import keep_json_lines, keep_text
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.process import Program, ProgramEnd, run_program
from benchwire.schemas.failure import HarnessRoot
from benchwire.schemas.policy import Agent
from benchwire.schemas.run import Source

AGENT_NAME: Final = "copilot-cli"
VERSION_SECONDS_MAX: Final = 20.0
_NO_SESSION: Final = "Copilot left no session log; its output says why"


class CopilotAdapter:
    """Runs one session."""

    def __init__(self, planned: PlannedTrial) -> None:
        command = planned.variant.command
        self._planned = planned
        self._executable = [command] if isinstance(command, str) else list(command or ("copilot",))
        self._session_id = str(uuid4())

    def facts(self) -> AgentFacts:
        """The session's id is chosen here; the version is what Copilot says."""
        version = agent_version(tuple(self._executable))
        return AgentFacts(
            agent=Agent(name=AGENT_NAME, version=version, adapter="copilot"),
            session_id=self._session_id,
            source=Source(system=SYSTEM, source_id=self._session_id),
        )

    def run(self, task: AgentTask) -> AgentResult:
        """Run it, and follow its session log and OTel file."""
        env = copilot_env(
            task.env, self._planned, session_id=self._session_id, otel=task.private / OTEL_NAME
        )
        otel = env.get(OTEL_FILE_VARIABLE)
        session = Session(
            task,
            events=session_state_dir(env) / self._session_id / EVENTS_NAME,
            otel=None if otel is None else Path(otel),
            session_id=self._session_id,
        )
        command = copilot_command(
            Invocation(
                planned=self._planned,
                executable=self._executable,
                session_id=self._session_id,
                workspace=task.workspace,
                private=task.private,
            )
        )
        program = Program(
            command=command, cwd=task.workspace, env=env, timeout_seconds=task.timeout_seconds
        )
        try:
            with OutputFile(task.folder / OUTPUT_NAME, task.recorder.redactor) as output:
                end = run_program(program, output, task.cancel, session.follow)
            return session.result(end, output)
        finally:
            session.keep()
            keep_text(
                task.private / TRANSCRIPT_NAME,
                task.folder / TRANSCRIPT_NAME,
                task.recorder.redactor,
            )


class Session:
    """The files of a running session, and what they become: events, totals, artifacts."""

    def __init__(
        self, task: AgentTask, *, events: Path, otel: Path | None, session_id: str
    ) -> None:
        self._task = task
        self._events = events
        self._otel = otel
        self._session_id = session_id
        self._broken = False
        self._live = LiveSession(events, otel, session_id, redactor=task.recorder.redactor)

    def follow(self, *, to_end: bool = False) -> None:
        """Emit what has come since the last time. A log that breaks us breaks no trial."""
        if self._broken:
            return
        try:
            self._follow(to_end=to_end)
        except Exception as error:  # noqa: BLE001 - the totals still come from the whole log
            self._broken = True
            self._task.recorder.emit(
                "agent",
                "failure",
                {**failure_of(error, self._task.recorder.redactor), "fatal": False},
            )

    def _follow(self, *, to_end: bool) -> None:
        recorder = self._task.recorder
        for event in self._live.follow(to_end=to_end):
            recorder.emit(
                "agent", event.event_type, event.payload, step_id=event.step_id, ts=event.ts
            )
        late = self._live.take_late()
        late.output_tokens = None  # the step had them
        recorder.meter.spend(late.usage())
        declared = self._live.checkpoint_nano_aiu
        if declared is not None:
            recorder.meter.spent_at_least(declared)

    def result(self, end: ProgramEnd, output: OutputFile) -> AgentResult:
        """Emit the rest, and make the account of the whole session."""
        self.follow(to_end=True)
        account = self._account()
        problem = problem_of(end, output)
        if account is None:
            problem = problem or AgentProblem(
                error_type="no_session_log",
                message=f"{_NO_SESSION}: {output.last_words()}",
                root=HarnessRoot(kind="harness", component="session", error_type="no_session_log"),
            )
            return AgentResult(exit_code=end.exit_code, ended_by=end.ended_by, problem=problem)
        return AgentResult(
            exit_code=end.exit_code,
            ended_by=end.ended_by,
            problem=problem or _problem_of_session(account),
            totals=_totals(account),
        )

    def keep(self) -> None:
        """Copy the session's files to the artifacts."""
        self._live.close()
        folder, redactor = self._task.folder, self._task.recorder.redactor
        kept = folder / "copilot-session" / self._session_id / EVENTS_NAME
        keep_json_lines(self._events, kept, redactor)
        if self._otel is not None and self._task.private in self._otel.parents:
            keep_json_lines(self._otel, folder / OTEL_NAME, redactor)

    def _account(self) -> FinalAccount | None:
        if not self._events.is_file():
            return None
        otel = self._otel if self._otel is not None and self._otel.is_file() else None
        files: SessionFiles = session_files(self._events, otel)
        try:
            return final_account(files)
        except (ImportRefused, OSError) as error:
            log_warning("session_log_unreadable", path=str(files.events), error=str(error))
            return None


def agent_version(executable: tuple[str, ...]) -> str | None:
    """What ``--version`` says; None where that does not work. Asked once for each executable."""
    if executable not in _versions:
        _versions[executable] = _ask_version(executable)
    return _versions[executable]


_versions: dict[tuple[str, ...], str | None] = {}


def _ask_version(executable: tuple[str, ...]) -> str | None:
    began = time.monotonic()
    try:
        done = subprocess.run(
            [*executable, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=VERSION_SECONDS_MAX,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log_warning("agent_version_unknown", error=str(error), seconds=time.monotonic() - began)
        return None
    words = done.stdout.decode(errors="replace").split()
    numbers = [word.strip(",.") for word in words if word[:1].isdigit()]
    return numbers[0] if done.returncode == 0 and numbers else None


def _totals(account: FinalAccount) -> dict[str, Any]:
    """What of the import's ``run_stop`` the agent alone can know."""
    said = account.stop.model_dump(exclude_none=True, include=set(TOTALS))
    return {name: value for name, value in said.items() if not name.startswith("error")}


def _problem_of_session(account: FinalAccount) -> AgentProblem | None:
    """What the log says of the session's end, where the exit code says nothing."""
    stop = account.stop
    if stop.status == "ok":
        return None
    kind = stop.error_type or stop.status
    return AgentProblem(
        error_type=kind,
        message=stop.error or kind,
        cause=stop.error_cause,
        root=HarnessRoot(kind="harness", component="session", error_type=kind),
    )
